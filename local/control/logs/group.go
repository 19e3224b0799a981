package logs

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"portico/local/control/model"
	"portico/local/journal"
)

// retentions are the days that events can be kept for.
var retentions = []int{
	1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
	3653,
}

// maxTags is how many tags a log group has at most.
const maxTags = 50

// known is a log group with what the journal has of it.
type known struct {
	name string
	*group
	created, bytes int64
}

// groups returns the log groups of the call's region, by name: those that were created, those of
// the template, and those that something was logged in.
func (c *call) groups() (map[string]*known, error) {
	all := map[string]*known{}
	for name, g := range c.world.Groups {
		all[name] = &known{name: name, group: g, created: g.Created}
	}
	for _, described := range c.described() {
		if described.Region == c.region {
			all[described.Name] = &known{
				name: described.Name, group: described.group(), created: c.begun.UnixMilli(),
			}
		}
	}
	kept, err := c.options.Journal.Groups()
	if err != nil {
		return nil, fmt.Errorf("listing log groups: %w", err)
	}
	for _, one := range kept {
		name, here := c.apiName(c.region, one.Name)
		if !here {
			continue
		}
		g := all[name]
		if g == nil {
			g = &known{name: name, group: &group{}}
			all[name] = g
		}
		g.created, g.bytes = cmp.Or(g.Created, one.Created), one.Bytes
	}
	for name, g := range all {
		if g.created == 0 { // something was said of it, and then it was deleted
			delete(all, name)
		}
	}
	return all, nil
}

func (d *Described) group() *group {
	g := &group{
		Retention: d.RetentionDays, KMSKeyID: d.KMSKeyID, Class: d.Class, template: true,
		Filters: map[string]*filterSettings{},
	}
	for _, one := range d.Filters {
		settings := &filterSettings{Pattern: one.Pattern}
		for _, transformation := range one.Transformations {
			settings.Transformations = append(settings.Transformations, lowered(transformation))
		}
		g.Filters[one.Name] = settings
	}
	return g
}

// lowered gives the properties of a transformation the API's names.
func lowered(from map[string]any) model.Object {
	made := model.Object{}
	for name, value := range from {
		if name != "" {
			made[strings.ToLower(name[:1])+name[1:]] = value
		}
	}
	if list, ok := made["dimensions"].([]any); ok {
		dimensions := model.Object{}
		for _, one := range list {
			if pair, ok := one.(map[string]any); ok {
				key, _ := pair["Key"].(string)
				dimensions[key] = pair["Value"]
			}
		}
		made["dimensions"] = dimensions
	}
	return made
}

// groupName returns the name of the group that a call is about, in whichever way it says it.
func (c *call) groupName() string {
	for _, member := range []string{
		"logGroupName", "logGroupIdentifier", "resourceArn", "resourceIdentifier",
	} {
		if called := c.in.Text(member); called != "" {
			if _, name, ok := strings.Cut(called, ":log-group:"); ok {
				called, _, _ = strings.Cut(name, ":")
			}
			return called
		}
	}
	return ""
}

// group returns the group that a call is about.
func (c *call) group() (*known, error) {
	name := c.groupName()
	if name == "" {
		return nil, invalid("The log group must be named, by logGroupName or logGroupIdentifier")
	}
	all, err := c.groups()
	if err != nil {
		return nil, err
	}
	if all[name] == nil {
		return nil, notFound("log group")
	}
	return all[name], nil
}

// changed returns the group that a call is about, to be changed.
func (c *call) changed() (*group, error) {
	g, err := c.group()
	switch {
	case err != nil:
		return nil, err
	case g.template:
		return nil, ofTemplate(g.name)
	}
	if c.world.Groups[g.name] == nil {
		c.world.Groups[g.name] = g.group
	}
	return c.world.Groups[g.name], nil
}

func createLogGroup(c *call) (model.Object, error) {
	all, err := c.groups()
	if err != nil {
		return nil, err
	}
	name := c.in.Text("logGroupName")
	if all[name] != nil {
		return nil, exists("log group")
	}
	made := &group{
		Created: c.now.UnixMilli(), KMSKeyID: c.in.Text("kmsKeyId"), Class: c.in.Text("logGroupClass"),
		Protected: c.in.Bool("deletionProtectionEnabled"), Tags: c.in.TextMap("tags"),
	}
	c.world.Groups[name] = made
	return nil, nil
}

func deleteLogGroup(c *call) (model.Object, error) {
	g, err := c.group()
	switch {
	case err != nil:
		return nil, err
	case g.template:
		return nil, ofTemplate(g.name)
	case g.Protected:
		return nil, refusal("ValidationException", "The log group has deletion protection")
	}
	err = c.options.Journal.Remove(c.journalName(c.region, g.name))
	if err != nil && !errors.Is(err, journal.ErrNoGroup) {
		return nil, fmt.Errorf("deleting log group %s: %w", g.name, err)
	}
	delete(c.world.Groups, g.name)
	return nil, nil
}

func describeLogGroups(c *call) (model.Object, error) {
	prefix, pattern := c.in.Text("logGroupNamePrefix"), c.in.Text("logGroupNamePattern")
	if prefix != "" && pattern != "" {
		return nil, invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive " +
			"parameters.")
	}
	all, err := c.groups()
	if err != nil {
		return nil, err
	}
	var asked []string
	for _, called := range c.in.Texts("logGroupIdentifiers") {
		asked = append(asked, (&call{in: model.Object{"logGroupIdentifier": called}}).groupName())
	}
	class := c.in.Text("logGroupClass")
	var names []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if strings.HasPrefix(name, prefix) && strings.Contains(strings.ToLower(name),
			strings.ToLower(pattern)) && (asked == nil || slices.Contains(asked, name)) &&
			(class == "" || class == cmp.Or(all[name].Class, "STANDARD")) {
			names = append(names, name)
		}
	}
	shown, next, err := page(c, names, func(name string) string { return name })
	if err != nil {
		return nil, err
	}
	groups := []any{}
	for _, name := range shown {
		groups = append(groups, c.describe(all[name]))
	}
	return paged("logGroups", groups, next), nil
}

func (c *call) arn(group string) string {
	a := c.options.Account
	return "arn:" + a.Partition + ":logs:" + c.region + ":" + a.ID + ":log-group:" + group
}

func (c *call) describe(g *known) model.Object {
	out := model.Object{
		"logGroupName": g.name, "creationTime": g.created, "metricFilterCount": int64(len(g.Filters)),
		"arn": c.arn(g.name) + ":*", "logGroupArn": c.arn(g.name), "storedBytes": g.bytes,
		"logGroupClass": cmp.Or(g.Class, "STANDARD"), "deletionProtectionEnabled": g.Protected,
	}
	if g.Retention > 0 {
		out["retentionInDays"] = int64(g.Retention)
	}
	if g.KMSKeyID != "" {
		out["kmsKeyId"] = g.KMSKeyID
	}
	return out
}

func putRetention(c *call) (model.Object, error) {
	days := c.in.Int("retentionInDays")
	if !slices.Contains(retentions, days) {
		return nil, invalid(fmt.Sprintf("Invalid retention value %d. Valid values are: %v", days,
			retentions))
	}
	g, err := c.changed()
	if err != nil {
		return nil, err
	}
	g.Retention = days
	return nil, nil
}

func deleteRetention(c *call) (model.Object, error) {
	g, err := c.changed()
	if err != nil {
		return nil, err
	}
	g.Retention = 0
	return nil, nil
}

// associateKey notes a key. Unlike AWS: nothing is encrypted with it.
func associateKey(c *call) (model.Object, error) {
	g, err := c.changed()
	if err != nil {
		return nil, err
	}
	g.KMSKeyID = c.in.Text("kmsKeyId")
	return nil, nil
}

func disassociateKey(c *call) (model.Object, error) {
	g, err := c.changed()
	if err != nil {
		return nil, err
	}
	g.KMSKeyID = ""
	return nil, nil
}

func tag(c *call) (model.Object, error) {
	g, err := c.changed()
	if err != nil {
		return nil, err
	}
	if g.Tags == nil {
		g.Tags = map[string]string{}
	}
	maps.Copy(g.Tags, c.in.TextMap("tags"))
	if len(g.Tags) > maxTags {
		return nil, refusal("TooManyTagsException", "A resource can have no more than 50 tags.")
	}
	return nil, nil
}

func untag(c *call) (model.Object, error) {
	g, err := c.changed()
	if err != nil {
		return nil, err
	}
	for _, key := range append(c.in.Texts("tags"), c.in.Texts("tagKeys")...) {
		delete(g.Tags, key)
	}
	return nil, nil
}

func listTags(c *call) (model.Object, error) {
	g, err := c.group()
	if err != nil {
		return nil, err
	}
	return model.Object{"tags": model.TextObject(g.Tags)}, nil
}
