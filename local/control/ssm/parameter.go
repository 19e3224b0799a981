package ssm

import (
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"portico/local/control/model"
	"portico/local/gateway/javaregex"
)

// names are what parameters may be called.
var names = regexp.MustCompile(`^[a-zA-Z0-9_./-]+$`)

func putParameter(c *call) (model.Object, error) {
	name, value := c.in.Text("Name"), c.in.Text("Value")
	v := version{
		Type: c.in.Text("Type"), Value: value, Description: c.in.Text("Description"),
		Pattern: c.in.Text("AllowedPattern"), DataType: c.in.Text("DataType"),
		Tier: c.in.Text("Tier"), Key: c.in.Text("KeyId"), At: c.service.options.Clock.Now(),
	}
	if v.DataType == "" {
		v.DataType = "text"
	}
	if err := checkName(name); err != nil {
		return nil, err
	}
	if err := c.check(&v); err != nil {
		return nil, err
	}
	var made *parameter
	err := c.write(name, func(w *world) error {
		before := w.Parameters[name]
		switch {
		case before == nil && v.Type == "":
			return refuse("ValidationException", "A parameter type is required when you create a parameter.")
		case before != nil && !c.in.Bool("Overwrite"):
			return refuse("ParameterAlreadyExists", "The parameter already exists. To overwrite this "+
				"value, set the overwrite option in the request to true.")
		case before != nil && len(c.in.List("Tags")) > 0:
			return refuse("ValidationException", "Invalid request: tags and overwrite can't be used "+
				"together. To create a parameter with tags, please remove overwrite flag. To update tags for "+
				"an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.")
		}
		if before != nil {
			v = before.latest().overwritten(v)
		}
		made = w.put(name, v)
		for _, t := range c.in.Objects("Tags") {
			made.Tags[t.Text("Key")] = t.Text("Value")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return model.Object{"Version": int64(made.latest().Number), "Tier": v.Tier}, nil
}

// overwritten returns the next version: what a call does not say stays.
func (v version) overwritten(with version) version {
	if with.Type == "" {
		with.Type = v.Type
	}
	if with.Description == "" {
		with.Description = v.Description
	}
	return with
}

func checkName(name string) error {
	first, _, _ := strings.Cut(strings.TrimPrefix(name, "/"), "/")
	switch reserved := strings.ToLower(first); {
	case strings.HasPrefix(reserved, "aws"):
		return refuse("AccessDeniedException", "No access to reserved parameter name: %s.", name)
	case strings.HasPrefix(reserved, "ssm"), !names.MatchString(name),
		strings.Contains(name, "//"), strings.HasSuffix(name, "/"):
		return refuse("ValidationException", "Parameter name: can't be prefixed with \"ssm\" "+
			"(case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; "+
			"each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_")
	case strings.Contains(name, "/") && !strings.HasPrefix(name, "/"):
		return refuse("ValidationException", "Parameter name must be a fully qualified name.")
	case strings.Count(name, "/") > maxLevels:
		return refuse("HierarchyLevelLimitExceededException", "Hierarchy level exceeds the limit of %d.",
			maxLevels)
	}
	return nil
}

// check holds a version against the limits of its tier, and against its own pattern.
func (c *call) check(v *version) error {
	switch {
	case c.in.Text("Policies") != "" && c.in.Text("Policies") != "[]":
		return refuse("ValidationException", "policies of parameters are not served here")
	case v.Tier == "" || v.Tier == "Intelligent-Tiering":
		v.Tier = "Standard"
		if len(v.Value) > maxStandard && c.in.Text("Tier") != "" {
			v.Tier = "Advanced"
		}
	}
	switch {
	case v.Tier == "Standard" && len(v.Value) > maxStandard:
		return refuse("ValidationException", "Standard tier parameters support a maximum parameter value "+
			"of 4096 characters. To create a larger parameter value, upgrade the parameter to use the "+
			"advanced-parameter tier.")
	case len(v.Value) > maxAdvanced:
		return refuse("ValidationException", "Advanced tier parameters support a maximum parameter value "+
			"of 8192 characters.")
	case v.Value == "":
		return refuse("ValidationException", "1 validation error detected: Value '' at 'value' failed to "+
			"satisfy constraint: Member must have length greater than or equal to 1")
	case v.Pattern == "":
		return nil
	}
	pattern, err := javaregex.Compile(v.Pattern)
	if err != nil {
		return refuse("InvalidAllowedPatternException", "%s", err)
	}
	if fits, err := pattern.MatchFull(v.Value); !fits || err != nil {
		return refuse("ParameterPatternMismatchException", "Parameter value, %s, doesn't match the "+
			"allowedPattern %s", v.Value, v.Pattern)
	}
	return nil
}

// shown returns a version of a parameter as GetParameter shows it.
func (c *call) shown(p *parameter, v version) model.Object {
	out := model.Object{
		"Name": p.Name, "Type": v.Type, "Value": v.Value, "Version": int64(v.Number),
		"LastModifiedDate": seconds(v), "ARN": c.arn(p.Name), "DataType": v.DataType,
	}
	if v.Type == "SecureString" && !c.in.Bool("WithDecryption") {
		sum := sha256.Sum256([]byte(p.Name + "\x00" + v.Value))
		out["Value"] = base64.StdEncoding.EncodeToString(sum[:])
	}
	return out
}

func seconds(v version) float64 {
	if v.At.IsZero() {
		return 0
	}
	return float64(v.At.UnixMilli()) / 1000
}

// lookUp finds what a call names: a parameter, or "name:3", a version of it.
func (c *call) lookUp(given string) (model.Object, error) {
	name, selector := plainName(given), ""
	if at := strings.LastIndexByte(name, ':'); at >= 0 {
		name, selector = name[:at], name[at:]
	}
	p := c.service.find(c.region, name)
	if p == nil {
		return nil, notFound()
	}
	if selector == "" {
		return c.shown(p, p.latest()), nil
	}
	for _, v := range p.Versions {
		if ":"+strconv.Itoa(v.Number) == selector {
			out := c.shown(p, v)
			out["Selector"] = selector
			return out, nil
		}
	}
	return nil, refuse("ParameterVersionNotFound", "Systems Manager could not find version %s of %s. "+
		"Verify the version and try again.", selector[1:], name)
}

func getParameter(c *call) (model.Object, error) {
	out, err := c.lookUp(c.in.Text("Name"))
	if err != nil {
		return nil, err
	}
	return model.Object{"Parameter": out}, nil
}

func getParameters(c *call) (model.Object, error) {
	found, missing := []any{}, []any{}
	for _, name := range c.in.Texts("Names") {
		out, err := c.lookUp(name)
		if err != nil {
			missing = append(missing, name)
			continue
		}
		found = append(found, out)
	}
	return model.Object{"Parameters": found, "InvalidParameters": missing}, nil
}

func getParametersByPath(c *call) (model.Object, error) {
	path := strings.TrimSuffix(c.in.Text("Path"), "/") + "/"
	if !strings.HasPrefix(path, "/") {
		return nil, refuse("ValidationException", "The parameter doesn't meet the parameter name "+
			"requirements. The parameter name must begin with a forward slash \"/\".")
	}
	filters, err := readFilters(c.in.Objects("ParameterFilters"), "Type", "KeyId", "Label")
	if err != nil {
		return nil, err
	}
	var found []any
	for _, p := range c.service.all(c.region) {
		rest, below := strings.CutPrefix(p.Name, path)
		if below && (c.in.Bool("Recursive") || !strings.Contains(rest, "/")) && filters.fit(p) {
			found = append(found, c.shown(p, p.latest()))
		}
	}
	return c.page(found, "Parameters", 10)
}

// page returns the items after NextToken, at most MaxResults.
func (c *call) page(all []any, name string, size int) (model.Object, error) {
	if given := c.in.Int("MaxResults"); given > 0 {
		size = min(size, given)
	}
	from := 0
	if token := c.in.Text("NextToken"); token != "" {
		number, err := strconv.Atoi(token)
		if err != nil || number < 0 || number > len(all) {
			return nil, refuse("InvalidNextToken", "The specified token is not valid.")
		}
		from = number
	}
	to := min(from+size, len(all))
	out := model.Object{name: append([]any{}, all[from:to]...)}
	if to < len(all) {
		out["NextToken"] = strconv.Itoa(to)
	}
	return out, nil
}

func getHistory(c *call) (model.Object, error) {
	p := c.service.find(c.region, plainName(c.in.Text("Name")))
	if p == nil {
		return nil, notFound()
	}
	var all []any
	for _, v := range p.Versions {
		out := c.described(p, v)
		out["Value"], out["Labels"] = c.shown(p, v)["Value"], []any{}
		delete(out, "ARN")
		all = append(all, out)
	}
	return c.page(all, "Parameters", 50)
}

func deleteParameter(c *call) (model.Object, error) {
	name := plainName(c.in.Text("Name"))
	return model.Object{}, c.write(name, func(w *world) error {
		if w.Parameters[name] == nil {
			return notFound()
		}
		delete(w.Parameters, name)
		return nil
	})
}

func deleteParameters(c *call) (model.Object, error) {
	gone, missing := []any{}, []any{}
	for _, given := range c.in.Texts("Names") {
		name := plainName(given)
		err := c.write(name, func(w *world) error {
			if w.Parameters[name] == nil {
				return notFound()
			}
			delete(w.Parameters, name)
			return nil
		})
		if err != nil {
			missing = append(missing, given)
			continue
		}
		gone = append(gone, given)
	}
	return model.Object{"DeletedParameters": gone, "InvalidParameters": missing}, nil
}

// described returns a version of a parameter as DescribeParameters shows it.
func (c *call) described(p *parameter, v version) model.Object {
	out := model.Object{
		"Name": p.Name, "ARN": c.arn(p.Name), "Type": v.Type, "LastModifiedDate": seconds(v),
		"LastModifiedUser": "arn:" + c.service.options.Account.Partition + ":iam::" +
			c.service.options.Account.ID + ":root",
		"Version": int64(v.Number), "Tier": v.Tier, "Policies": []any{}, "DataType": v.DataType,
	}
	for name, text := range map[string]string{
		"Description": v.Description, "AllowedPattern": v.Pattern, "KeyId": v.Key,
	} {
		if text != "" {
			out[name] = text
		}
	}
	return out
}

func describeParameters(c *call) (model.Object, error) {
	if len(c.in.List("Filters")) > 0 {
		return nil, refuse("InvalidFilterKey", "Filters are not served here; use ParameterFilters")
	}
	filters, err := readFilters(c.in.Objects("ParameterFilters"), "Name", "Type", "Path", "KeyId", "Tier",
		"DataType", "tag:")
	if err != nil {
		return nil, err
	}
	var found []any
	for _, p := range c.service.all(c.region) {
		if filters.fit(p) {
			found = append(found, c.described(p, p.latest()))
		}
	}
	return c.page(found, "Parameters", 50)
}

// tagged returns the parameter that a call about tags names.
func (c *call) tagged() (string, error) {
	name := plainName(c.in.Text("ResourceId"))
	switch {
	case c.in.Text("ResourceType") != "Parameter":
		return "", refuse("InvalidResourceType", "only the tags of parameters are served here")
	case c.service.find(c.region, name) == nil:
		return "", refuse("InvalidResourceId", "")
	}
	return name, nil
}

// retag changes the tags of the parameter that a call names.
func (c *call) retag(change func(tags map[string]string)) (model.Object, error) {
	name, err := c.tagged()
	if err != nil {
		return nil, err
	}
	return model.Object{}, c.write(name, func(w *world) error {
		p := w.Parameters[name]
		if p == nil {
			return refuse("InvalidResourceId", "")
		}
		if change(p.Tags); len(p.Tags) > maxTags {
			return refuse("TooManyTagsError", "")
		}
		return nil
	})
}

func addTags(c *call) (model.Object, error) {
	return c.retag(func(tags map[string]string) { maps.Copy(tags, model.OfPairs(c.in.Objects("Tags"))) })
}

func removeTags(c *call) (model.Object, error) {
	return c.retag(func(tags map[string]string) {
		for _, key := range c.in.Texts("TagKeys") {
			delete(tags, key)
		}
	})
}

func listTags(c *call) (model.Object, error) {
	name, err := c.tagged()
	if err != nil {
		return nil, err
	}
	tags, all := c.service.find(c.region, name).Tags, []any{}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		all = append(all, model.Object{"Key": key, "Value": tags[key]})
	}
	return model.Object{"TagList": all}, nil
}
