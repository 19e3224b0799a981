package provision

import (
	"os"
	"path/filepath"
	"slices"

	"portico/local/cloudformation"
	"portico/local/cloudformation/coverage"
)

const (
	typeLayer = "AWS::Lambda::LayerVersion"
	maxLayers = 5 // of a function (Lambda quotas)
)

// layersOf returns the folders of a function's layers. A layer that the template does not bring is
// reported, and so is one with extensions: a process of this machine has no /opt in which they
// would be found.
func (r *reader) layersOf(p properties) []string {
	named := p.texts("Layers")
	if len(named) > maxLayers {
		p.fail("Layers", "Cannot reference more than %d layers.", maxLayers)
	}
	var folders []string
	for _, arn := range named {
		folder, why := r.layer(arn)
		if why == "" {
			folders = append(folders, folder)
			continue
		}
		r.findings = append(r.findings, coverage.Finding{
			Stack: p.resource.Stack.Name, Resource: p.resource.LogicalID, Path: p.resource.Path,
			Type: typeFunction, Property: "Layers", Value: arn, Status: coverage.NotHonoured, Why: why,
		})
	}
	return folders
}

// layer returns the folder of a layer, or why there is none.
func (r *reader) layer(arn string) (folder, why string) {
	all := r.assembly.ByType(typeLayer)
	at := slices.IndexFunc(all, func(l *cloudformation.Resource) bool { return l.PhysicalID == arn })
	if at < 0 {
		return "", "the template does not bring this layer"
	}
	folder, ok := all[at].Asset()
	if !ok {
		return "", "the assembly does not have the content of this layer"
	}
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return "", "the content of this layer is no folder: zip files of an assembly are not unpacked"
	}
	if _, err := os.Stat(filepath.Join(folder, "extensions")); err == nil {
		return "", "external extensions are not run here"
	}
	return folder, ""
}
