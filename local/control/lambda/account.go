package lambda

import (
	"cmp"
	"net/http"

	"portico/local/control/model"
)

// maxCode is how much code an account may keep (Lambda quotas).
const maxCode = 80_530_636_800

func getAccountSettings(c *call) (model.Object, error) {
	size, count := int64(0), len(c.template().functions)
	for _, f := range c.world.Functions {
		count++
		size += f.Latest.Code.Size
		for _, v := range f.Versions {
			size += v.Code.Size
		}
	}
	for _, l := range c.world.Layers {
		for _, v := range l.Versions {
			size += v.Code.Size
		}
	}
	return model.Object{
		"AccountLimit": model.Object{
			"TotalCodeSize": int64(maxCode), "CodeSizeUnzipped": int64(maxUnzipped),
			"CodeSizeZipped": int64(maxZipped), "ConcurrentExecutions": int64(accountConcurrency),
			"UnreservedConcurrentExecutions": int64(accountConcurrency - c.reserved("")),
		},
		"AccountUsage": model.Object{"TotalCodeSize": size, "FunctionCount": int64(count)},
	}, nil
}

// noCodeSigning is the answer to a configuration of code signing: there is none here.
func noCodeSigning(arn string) error {
	return &model.Error{
		Code: "CodeSigningConfigNotFoundException", Status: http.StatusNotFound,
		Message: "The code signing configuration cannot be found. Check that the provided " +
			"configuration is not deleted: " + arn + ".",
	}
}

func getCodeSigning(c *call) (model.Object, error) {
	f, _, err := c.function()
	if err != nil {
		return nil, err
	}
	return model.Object{"FunctionName": f.Name}, nil
}

func putCodeSigning(c *call) (model.Object, error) {
	return nil, noCodeSigning(c.in.Text("CodeSigningConfigArn"))
}

func deleteCodeSigning(c *call) (model.Object, error) {
	_, _, err := c.function()
	return model.Object{}, err
}

func getRecursion(c *call) (model.Object, error) {
	f, _, err := c.function()
	if err != nil {
		return nil, err
	}
	return model.Object{"RecursiveLoop": cmp.Or(f.RecursiveLoop, "Terminate")}, nil
}

// putRecursion keeps what was said.
//
// Unlike AWS: calls that go in circles are not looked for, and not ended.
func putRecursion(c *call) (model.Object, error) {
	f, _, err := c.own()
	if err != nil {
		return nil, err
	}
	f.RecursiveLoop = c.in.Text("RecursiveLoop")
	return model.Object{"RecursiveLoop": f.RecursiveLoop}, nil
}

func getRuntimeManagement(c *call) (model.Object, error) {
	f, n, err := c.function()
	if err != nil {
		return nil, err
	}
	return model.Object{
		"UpdateRuntimeOn": cmp.Or(f.UpdateRuntimeOn, "Auto"), "FunctionArn": c.arnOf(n),
	}, nil
}

// putRuntimeManagement keeps what was said: a function runs on the interpreter of this machine.
func putRuntimeManagement(c *call) (model.Object, error) {
	f, n, err := c.own()
	if err != nil {
		return nil, err
	}
	if c.in.Text("UpdateRuntimeOn") == "Manual" {
		return nil, invalid("UpdateRuntimeOn Manual is not served here: a function runs on the " +
			"interpreter of this machine")
	}
	f.UpdateRuntimeOn = c.in.Text("UpdateRuntimeOn")
	return model.Object{"UpdateRuntimeOn": f.UpdateRuntimeOn, "FunctionArn": c.arnOf(n)}, nil
}
