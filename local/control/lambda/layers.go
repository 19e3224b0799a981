package lambda

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"portico/local/control/model"
)

// layer is a layer with its versions.
type layer struct {
	Versions []*layerVersion // in the order of their numbers; deleted ones are gone
	Last     int             // the highest number that was given
}

// layerVersion is a version of a layer.
type layerVersion struct {
	Number        int
	Code          code
	Created       string
	Description   string
	License       string
	Runtimes      []string // compatible ones
	Architectures []string
}

// maxLayers is how many layers a function may have.
const maxLayers = 5

// takeLayers finds the layers that an input names.
func (c *call) takeLayers(v *version) error {
	named := c.in.Texts("Layers")
	if len(named) > maxLayers {
		return invalid("Cannot reference more than %d layers.", maxLayers)
	}
	v.Layers = nil
	seen := map[string]string{}
	for _, arn := range named {
		parts := strings.Split(arn, ":")
		if len(parts) != 8 {
			return invalid("Layer version %s does not exist.", arn)
		}
		if parts[3] != c.account.Region {
			return invalid("Layers are not in the same region as the function. Layers are expected to be "+
				"in region %s.", c.account.Region)
		}
		base := strings.Join(parts[:7], ":")
		if other := seen[base]; other != "" {
			return invalid("Two different versions of the same layer are not allowed to be referenced in "+
				"the same function. %s and %s are versions of the same layer.", other, arn)
		}
		seen[base] = arn
		number, _ := strconv.Atoi(parts[7])
		found := c.world.layerVersion(parts[6], number)
		if found == nil || base != c.arn("layer:"+parts[6]) {
			return invalid("Layer version %s does not exist.", arn)
		}
		v.Layers = append(v.Layers, layerUse{ARN: arn, Code: found.Code})
	}
	return nil
}

func (w *world) layerVersion(name string, number int) *layerVersion {
	l := w.Layers[name]
	if l == nil {
		return nil
	}
	at := slices.IndexFunc(l.Versions, func(v *layerVersion) bool { return v.Number == number })
	if at < 0 {
		return nil
	}
	return l.Versions[at]
}

// layerName reads LayerName: a name or an ARN.
func (c *call) layerName() string {
	given := c.in.Text("LayerName")
	return given[strings.LastIndexByte(given, ':')+1:]
}

func publishLayerVersion(c *call) (model.Object, error) {
	taken, err := c.take(c.in.Object("Content"))
	if err != nil {
		return nil, err
	}
	// A process of this machine has no /opt in which an extension would be found.
	extensions := filepath.Join(c.service.folderOf(taken.Digest), "extensions")
	if _, err := os.Stat(extensions); err == nil {
		return nil, invalid("The layer holds the folder extensions: external extensions are not run here")
	}
	name := c.layerName()
	l := c.world.Layers[name]
	if l == nil {
		l = &layer{}
		c.world.Layers[name] = l
	}
	l.Last++
	v := &layerVersion{
		Number: l.Last, Code: taken, Created: c.modified(), Description: c.in.Text("Description"),
		License: c.in.Text("LicenseInfo"), Runtimes: c.in.Texts("CompatibleRuntimes"),
		Architectures: c.in.Texts("CompatibleArchitectures"),
	}
	l.Versions = append(l.Versions, v)
	return c.shownLayer(name, v, true), nil
}

// shownLayer shows a version of a layer, with its content unless it is listed.
func (c *call) shownLayer(name string, v *layerVersion, content bool) model.Object {
	arn := c.arn("layer:" + name)
	shown := model.Object{
		"LayerVersionArn": arn + ":" + strconv.Itoa(v.Number), "Version": int64(v.Number),
		"CreatedDate": v.Created, "Description": v.Description,
		"CompatibleRuntimes":      model.TextList(v.Runtimes),
		"CompatibleArchitectures": model.TextList(v.Architectures),
	}
	if v.License != "" {
		shown["LicenseInfo"] = v.License
	}
	if content {
		shown["LayerArn"] = arn
		shown["Content"] = model.Object{
			"Location": c.location(v.Code), "CodeSha256": v.Code.sum(), "CodeSize": v.Code.Size,
		}
	}
	return shown
}

func (c *call) layerNumber() (int, error) {
	number := c.in.Int("VersionNumber")
	if number < 1 {
		return 0, invalid("Layer Version Cannot be less than 1")
	}
	return number, nil
}

func getLayerVersion(c *call) (model.Object, error) {
	number, err := c.layerNumber()
	if err != nil {
		return nil, err
	}
	return c.showLayer(c.layerName(), number)
}

func (c *call) showLayer(name string, number int) (model.Object, error) {
	v := c.world.layerVersion(name, number)
	if v == nil {
		return nil, unknown()
	}
	return c.shownLayer(name, v, true), nil
}

func getLayerVersionByARN(c *call) (model.Object, error) {
	parts := strings.Split(c.in.Text("Arn"), ":")
	if len(parts) != 8 || strings.Join(parts[:7], ":") != c.arn("layer:"+parts[6]) {
		return nil, unknown()
	}
	number, _ := strconv.Atoi(parts[7])
	return c.showLayer(parts[6], number)
}

func deleteLayerVersion(c *call) (model.Object, error) {
	number, err := c.layerNumber()
	if err != nil {
		return nil, err
	}
	if l := c.world.Layers[c.layerName()]; l != nil {
		l.Versions = slices.DeleteFunc(l.Versions, func(v *layerVersion) bool {
			return v.Number == number
		})
	}
	return model.Object{}, nil
}

// fits says whether a version is among those that a list asks for.
func (v *layerVersion) fits(in model.Object) bool {
	runtime, architecture := in.Text("CompatibleRuntime"), in.Text("CompatibleArchitecture")
	return (runtime == "" || slices.Contains(v.Runtimes, runtime)) &&
		(architecture == "" || slices.Contains(v.Architectures, architecture))
}

func listLayerVersions(c *call) (model.Object, error) {
	var items []item
	if l := c.world.Layers[c.layerName()]; l != nil {
		for _, v := range slices.Backward(l.Versions) {
			if v.fits(c.in) {
				items = append(items, item{strconv.Itoa(v.Number), c.shownLayer(c.layerName(), v, false)})
			}
		}
	}
	return c.page("LayerVersions", items)
}

func listLayers(c *call) (model.Object, error) {
	var items []item
	for _, name := range sorted(c.world.Layers) {
		for _, v := range slices.Backward(c.world.Layers[name].Versions) {
			if v.fits(c.in) {
				items = append(items, item{name, model.Object{
					"LayerName": name, "LayerArn": c.arn("layer:" + name),
					"LatestMatchingVersion": c.shownLayer(name, v, false),
				}})
				break
			}
		}
	}
	return c.page("Layers", items)
}
