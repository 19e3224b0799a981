package lambda

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"

	"portico/local/control/model"
)

func sorted[V any](all map[string]V) []string { return slices.Sorted(maps.Keys(all)) }

// configuration shows a version as it is called.
//
// Unlike AWS: a function is active, and updated, when the operation that did it answers.
func (c *call) configuration(f *function, v *version, n name) model.Object {
	shown := c.listed(f, v, n)
	shown["State"], shown["LastUpdateStatus"] = "Active", "Successful"
	return shown
}

// listed shows a version as lists do: without its state.
func (c *call) listed(f *function, v *version, n name) model.Object {
	runtime := v.Settings.Text("Runtime")
	sum := sha256.Sum256([]byte(runtime))
	shown := v.Settings.Clone()
	maps.Copy(shown, model.Object{
		"FunctionName": f.Name, "FunctionArn": c.arnOf(n), "Version": v.Number,
		"CodeSha256": v.Code.sum(), "CodeSize": v.Code.Size, "PackageType": "Zip",
		"RevisionId": v.RevisionID, "LastModified": v.Modified,
		"RuntimeVersionConfig": model.Object{
			"RuntimeVersionArn": "arn:" + c.account.Partition + ":lambda:" + c.account.Region +
				"::runtime:" + hex.EncodeToString(sum[:]),
		},
		"SnapStart": model.Object{"ApplyOn": "None", "OptimizationStatus": "Off"},
	})
	if network := shown.Object("VpcConfig"); network != nil {
		network["VpcId"] = ""
		for _, ids := range []string{"SubnetIds", "SecurityGroupIds"} {
			if !network.Has(ids) {
				network[ids] = []any{}
			}
		}
	}
	if len(v.Layers) > 0 {
		var layers []any
		for _, l := range v.Layers {
			layers = append(layers, model.Object{"Arn": l.ARN, "CodeSize": l.Code.Size})
		}
		shown["Layers"] = layers
	}
	return shown
}
