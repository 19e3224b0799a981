package lambda

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"portico/local/control/model"
)

func createFunction(c *call) (model.Object, error) {
	n, err := c.named()
	if err != nil {
		return nil, err
	}
	if n.qualifier != "" {
		return nil, invalid("The function name %s has a qualifier, which CreateFunction does not take.",
			c.in.Text("FunctionName"))
	}
	if err := unserved(c.in); err != nil {
		return nil, err
	}
	if c.in.Text("Runtime") == "" || c.in.Text("Handler") == "" {
		return nil, invalid("Runtime and Handler are mandatory parameters for functions created with " +
			"deployment packages.")
	}
	if err := c.checkName(n.function); err != nil {
		return nil, err
	}
	f := newFunction(n.function)
	v := &version{Number: latest, Settings: defaults(n.function)}
	v.apply(c.in, n.function)
	if err := c.takeLayers(v); err != nil {
		return nil, err
	}
	if v.Code, err = c.take(c.in.Object("Code")); err != nil {
		return nil, err
	}
	if err := c.place(f, v); err != nil {
		return nil, err
	}
	if f.Tags, err = tagged(nil, c.in.TextMap("Tags")); err != nil {
		return nil, err
	}
	c.world.Functions[n.function] = f
	shown := c.configuration(f, f.Latest, n)
	if c.in.Bool("Publish") {
		shown["Version"] = c.publish(f, "").Number
	}
	return shown, nil
}

// checkName refuses the name of a function that there is.
//
// Unlike AWS: also of one in another region, because all functions here are called by their names.
func (c *call) checkName(name string) error {
	if c.lookUp(name) != nil {
		return conflict("Function already exist: %s", name)
	}
	for _, region := range c.service.store.Regions() {
		if region != c.account.Region && c.service.store.Read(region).Functions[name] != nil {
			return conflict("Function already exist: %s: it is in region %s, and the regions of this "+
				"runner share their functions' names", name, region)
		}
	}
	return nil
}

// place makes a version the one that is not published.
func (c *call) place(f *function, v *version) error {
	v.RevisionID, v.Modified = uuid.NewString(), c.modified()
	if err := c.check(f, v); err != nil {
		return err
	}
	f.Latest = v
	return nil
}

func updateFunctionCode(c *call) (model.Object, error) {
	f, n, err := c.own()
	if err != nil {
		return nil, err
	}
	if c.in.Text("ImageUri") != "" {
		return nil, invalid("Please don't provide ImageUri when updating a function with packageType " +
			"Zip.")
	}
	if err := c.checkRevision(f.Latest.RevisionID, "GetFunction/GetAlias"); err != nil {
		return nil, err
	}
	if err := unserved(c.in); err != nil {
		return nil, err
	}
	taken, err := c.take(c.in)
	if err != nil {
		return nil, err
	}
	v := f.Latest.clone()
	v.Code = taken
	v.Settings.Take(c.in, "Architectures")
	if err := v.checkSize(); err != nil {
		return nil, err
	}
	if c.in.Bool("DryRun") {
		return c.configuration(f, v, n), nil
	}
	if err := c.place(f, v); err != nil {
		return nil, err
	}
	if c.in.Bool("Publish") {
		made := c.publish(f, "")
		return c.configuration(f, made, name{n.function, made.Number}), nil
	}
	return c.configuration(f, v, n), nil
}

func updateFunctionConfiguration(c *call) (model.Object, error) {
	f, n, err := c.own()
	if err != nil {
		return nil, err
	}
	if err := c.checkRevision(f.Latest.RevisionID, "GetFunction/GetAlias"); err != nil {
		return nil, err
	}
	if err := unserved(c.in); err != nil {
		return nil, err
	}
	v := f.Latest.clone()
	v.apply(c.in, n.function)
	if c.in.Has("Layers") {
		if err := c.takeLayers(v); err != nil {
			return nil, err
		}
	}
	if err := v.checkSize(); err != nil {
		return nil, err
	}
	if err := c.place(f, v); err != nil {
		return nil, err
	}
	return c.configuration(f, v, n), nil
}

func (c *call) checkRevision(current, ask string) error {
	if given := c.in.Text("RevisionId"); given != "" && given != current {
		return stale(ask)
	}
	return nil
}

// clone returns a copy that may become the next one.
func (v *version) clone() *version {
	copied := *v
	copied.Settings = v.Settings.Clone()
	copied.Layers = slices.Clone(v.Layers)
	return &copied
}

func deleteFunction(c *call) (model.Object, error) {
	deleted := model.Object{"StatusCode": int64(http.StatusNoContent)}
	n, err := c.named()
	if err != nil {
		return nil, err
	}
	if n.qualifier == latest {
		return nil, invalid("$LATEST version cannot be deleted without deleting the function.")
	}
	f := c.lookUp(n.function)
	if f == nil {
		return nil, unknownFunction(c.arn("function:" + n.function))
	}
	if f.templates {
		return nil, fromTemplate("function", n.function)
	}
	if n.qualifier == "" {
		delete(c.world.Functions, n.function)
		return deleted, nil
	}
	if f.Aliases[n.qualifier] != nil {
		return nil, invalid("Deletion of aliases is not currently supported.")
	}
	if by := f.namedBy(n.qualifier); len(by) > 0 {
		return nil, conflict("Unable to delete version because the following aliases reference it: [%s]",
			strings.Join(by, ", "))
	}
	f.Versions = slices.DeleteFunc(f.Versions, func(v *version) bool {
		return v.Number == n.qualifier
	})
	f.forget(n.qualifier)
	return deleted, nil
}

// namedBy returns the aliases that lead to a version.
func (f *function) namedBy(number string) []string {
	var by []string
	for _, name := range sorted(f.Aliases) {
		_, shares := f.Aliases[name].Weights[number]
		if shares || f.Aliases[name].Version == number {
			by = append(by, name)
		}
	}
	return by
}

// forget drops what hangs on a qualifier that is gone.
func (f *function) forget(qualifier string) {
	delete(f.Policies, qualifier)
	delete(f.URLs, qualifier)
	delete(f.Async, qualifier)
	delete(f.Provisioned, qualifier)
}

func publishVersion(c *call) (model.Object, error) {
	f, n, err := c.function()
	if err != nil {
		return nil, err
	}
	if err := c.checkRevision(f.Latest.RevisionID, "GetFunction/GetAlias"); err != nil {
		return nil, err
	}
	if given := c.in.Text("CodeSha256"); given != "" && given != f.Latest.Code.sum() {
		return nil, invalid("CodeSHA256 (%s) is different from current CodeSHA256 in $LATEST (%s). "+
			"Please try again with the CodeSHA256 in $LATEST.", given, f.Latest.Code.sum())
	}
	if !f.templates {
		v := c.publish(f, c.in.Text("Description"))
		return c.configuration(f, v, name{n.function, v.Number}), nil
	}
	functions := c.service.options.Host.Functions()
	made, err := functions.PublishVersion(n.function, c.in.Text("Description"))
	if err != nil {
		return nil, err
	}
	return c.configuration(f, publishedVersion(f.Latest, made), name{n.function, made.Number}), nil
}

// publish makes a version of what is not published; when nothing has changed since the last one,
// that is returned.
func (c *call) publish(f *function, description string) *version {
	digest := f.Latest.Code.Digest + jsonText(f.Latest.Settings) + jsonText(f.Latest.Layers)
	if last := len(f.Versions) - 1; last >= 0 && f.Versions[last].Published == digest {
		return f.Versions[last]
	}
	f.Last++
	v := f.Latest.clone()
	v.Number, v.Published = strconv.Itoa(f.Last), digest
	v.RevisionID, v.Modified = uuid.NewString(), c.modified()
	if description != "" {
		v.Settings["Description"] = description
	}
	f.Versions = append(f.Versions, v)
	return v
}

func getFunction(c *call) (model.Object, error) {
	f, v, n, err := c.version()
	if err != nil {
		return nil, err
	}
	out := model.Object{
		"Configuration": c.configuration(f, v, n), "Code": model.Object{"RepositoryType": "S3"},
	}
	if !f.templates {
		out.Object("Code")["Location"] = c.location(v.Code)
	}
	if len(f.Tags) > 0 && n.qualifier == "" {
		out["Tags"] = model.TextObject(f.Tags)
	}
	if f.Reserved != nil {
		out["Concurrency"] = model.Object{"ReservedConcurrentExecutions": int64(*f.Reserved)}
	}
	return out, nil
}

func getFunctionConfiguration(c *call) (model.Object, error) {
	f, v, n, err := c.version()
	if err != nil {
		return nil, err
	}
	return c.configuration(f, v, n), nil
}

func listFunctions(c *call) (model.Object, error) {
	all := map[string]*function{}
	for name, f := range c.template().functions {
		all[name] = f
	}
	for name, f := range c.world.Functions {
		all[name] = f
	}
	var items []item
	for _, key := range sorted(all) {
		f := all[key]
		if c.in.Text("FunctionVersion") != "ALL" {
			items = append(items, item{key, c.listed(f, f.Latest, name{function: key})})
			continue
		}
		items = append(items, c.versionsOf(f)...)
	}
	return c.page("Functions", items)
}

func listVersions(c *call) (model.Object, error) {
	f, _, err := c.function()
	if err != nil {
		return nil, err
	}
	return c.page("Versions", c.versionsOf(f))
}

func (c *call) versionsOf(f *function) []item {
	var items []item
	for _, v := range append([]*version{f.Latest}, f.Versions...) {
		n := name{f.Name, v.Number}
		items = append(items, item{f.Name + ":" + v.Number, c.listed(f, v, n)})
	}
	return items
}

// checkSize bounds the code of a function with its layers.
func (v *version) checkSize() error {
	size := v.Code.Unzipped
	for _, l := range v.Layers {
		size += l.Code.Unzipped
	}
	if size > maxUnzipped {
		return invalid("Function code combined with layers exceeds the maximum allowed size of %d "+
			"bytes. The actual size is %d bytes.", maxUnzipped, size)
	}
	return nil
}
