package runner

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"portico/local/cloudformation"
	"portico/local/control/iam"
	"portico/local/gateway/exchange"
)

// Described returns the roles, users, groups and managed policies of the template, and the roles
// and users of the settings.
func (h *peopleHost) Described() iam.Described {
	template := h.runner.Template()
	found := &describedPeople{}
	for _, resource := range h.runner.resources(
		"AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group",
	) {
		found.add(resource)
	}
	for _, resource := range h.runner.resources("AWS::IAM::ManagedPolicy") {
		found.addPolicy(resource)
	}
	for _, resource := range h.runner.resources("AWS::IAM::Policy", "AWS::IAM::RolePolicy",
		"AWS::IAM::UserPolicy", "AWS::IAM::GroupPolicy") {
		found.attach(resource, textOf(resource.Properties["PolicyName"]), "")
	}
	everybody, err := template.members()
	if err != nil { // the template would not be served
		return iam.Described{}
	}
	for _, one := range everybody {
		found.addMember(one)
	}
	return found.Described
}

// describedPeople are roles, users and groups while their policies are gathered.
type describedPeople struct{ iam.Described }

// defaultSession is for how many seconds a session of a role lasts at most, unless it says so.
const defaultSession = 3600

func (d *describedPeople) add(r *cloudformation.Resource) {
	p := r.Properties
	made := iam.Entity{
		Kind: strings.TrimPrefix(r.Type, "AWS::IAM::"), Name: r.PhysicalID, Path: "/",
		ARN: attributeOf(r, "Arn"), Description: textOf(p["Description"]),
		Boundary: textOf(p["PermissionsBoundary"]), MaxSession: defaultSession,
		Inline: map[string]string{},
	}
	if path := textOf(p["Path"]); path != "" {
		made.Path = path
	}
	if seconds, ok := p["MaxSessionDuration"].(json.Number); ok {
		if whole, err := seconds.Int64(); err == nil {
			made.MaxSession = int(whole)
		}
	}
	made.Trust = policyText(p["AssumeRolePolicyDocument"])
	for _, item := range objectsOf(p["Policies"]) {
		made.Inline[textOf(item["PolicyName"])] = policyText(item["PolicyDocument"])
	}
	made.Attached = append(made.Attached, textsOf(p["ManagedPolicyArns"])...)
	made.Groups = append(made.Groups, textsOf(p["Groups"])...)
	for _, item := range objectsOf(p["Tags"]) {
		made.Tags = append(made.Tags, iam.Tag{
			Key: textOf(item["Key"]), Value: textOf(item["Value"]),
		})
	}
	d.Entities = append(d.Entities, made)
}

func (d *describedPeople) addPolicy(r *cloudformation.Resource) {
	arn := r.PhysicalID
	name := arn[strings.LastIndexByte(arn, '/')+1:]
	made := iam.Policy{
		Name: name, Path: "/", ARN: arn, Description: textOf(r.Properties["Description"]),
		Default: "v1", Last: 1,
		Versions: []iam.Version{{ID: "v1", Document: policyText(r.Properties["PolicyDocument"])}},
	}
	if path := textOf(r.Properties["Path"]); path != "" {
		made.Path = path
	}
	d.Policies = append(d.Policies, made)
	d.attach(r, name, arn)
}

// attach gives a policy to those it names: an inline one, or the managed one of an ARN.
func (d *describedPeople) attach(r *cloudformation.Resource, name, arn string) {
	p := r.Properties
	owners := map[string][]string{
		"Role":  append(textsOf(p["Roles"]), textOf(p["RoleName"])),
		"User":  append(textsOf(p["Users"]), textOf(p["UserName"])),
		"Group": append(textsOf(p["Groups"]), textOf(p["GroupName"])),
	}
	for i := range d.Entities {
		e := &d.Entities[i]
		switch {
		case !slices.Contains(owners[e.Kind], e.Name):
		case arn != "":
			e.Attached = append(e.Attached, arn)
		default:
			e.Inline[name] = policyText(p["PolicyDocument"])
		}
	}
}

// addMember adds a role or user that only the settings have. The keys of those of the template are
// added, too.
func (d *describedPeople) addMember(one member) {
	var keys []iam.AccessKey
	for _, key := range one.keys {
		keys = append(keys, iam.AccessKey{ID: key.ID, Secret: key.Secret, Status: "Active"})
	}
	for i := range d.Entities {
		if d.Entities[i].ARN == one.arn {
			d.Entities[i].Keys = keys
			return
		}
	}
	_, path, _ := strings.Cut(one.arn, "/")
	made := iam.Entity{
		Kind: "Role", Name: one.name, Path: "/" + path[:strings.LastIndexByte(path, '/')+1],
		ARN: one.arn, MaxSession: defaultSession, Inline: map[string]string{}, Keys: keys,
		Trust: fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",`+
			`"Principal":{"AWS":%q},"Action":"sts:AssumeRole"}]}`, accountOf(one.arn)),
	}
	if one.isUser() {
		made.Kind, made.Trust = "User", ""
	}
	for i, document := range one.policies {
		made.Inline[fmt.Sprintf("policy-%d", i+1)] = string(document)
	}
	for key, value := range one.tags {
		made.Tags = append(made.Tags, iam.Tag{Key: key, Value: value})
	}
	d.Entities = append(d.Entities, made)
}

func attributeOf(r *cloudformation.Resource, name string) string {
	value, err := r.Attribute(name)
	if err != nil {
		return ""
	}
	return textOf(value)
}

func textOf(value any) string { text, _ := value.(string); return text }

func textsOf(value any) []string {
	items, _ := value.([]any)
	var all []string
	for _, item := range items {
		all = append(all, textOf(item))
	}
	return all
}

func objectsOf(value any) []map[string]any {
	items, _ := value.([]any)
	var all []map[string]any
	for _, item := range items {
		if object, ok := item.(map[string]any); ok {
			all = append(all, object)
		}
	}
	return all
}

// policyText returns a policy document as text; a template may hold it as text or as an object.
func policyText(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	text, err := json.Marshal(value)
	if err != nil || value == nil {
		return ""
	}
	return string(text)
}

// unverified reads from whom a token claims to be, and for whom, so that its keys can be found.
func unverified(token string) (issuer, audience string, err error) {
	//lint:ignore ST1005 these are AWS's words
	notOne := errors.New("The ID Token provided is not a valid JWT. (You may see this error if you " +
		"sent an Access Token)")
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", "", notOne
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", "", notOne
	}
	var claims struct {
		Issuer   string `json:"iss"`
		Audience any    `json:"aud"`
		Client   string `json:"client_id"`
	}
	if json.Unmarshal(text, &claims) != nil || claims.Issuer == "" {
		return "", "", notOne
	}
	switch given := claims.Audience.(type) {
	case string:
		return claims.Issuer, given, nil
	case []any:
		if len(given) > 0 {
			return claims.Issuer, textOf(given[0]), nil
		}
	}
	return claims.Issuer, claims.Client, nil
}

// bearing returns a request that carries a token.
func bearing(token string) *exchange.Request {
	return &exchange.Request{Header: exchange.Header{{
		Name: "Authorization", Value: "Bearer " + token,
	}}}
}
