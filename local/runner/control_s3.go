package runner

import (
	"errors"
	"fmt"

	"portico/local/cloudformation"
	"portico/local/control"
	stacks "portico/local/control/cloudformation"
	"portico/local/control/lambda"
	"portico/local/control/s3"
	"portico/local/control/ssm"
)

// stored is a bucket or parameter that a stack describes.
type stored struct {
	stack, logicalID, region string
	kind, value              string // of a parameter
	isBucket, retained       bool
	name                     string
}

// stored returns the file of an object: what was put to S3 here, else the copy that the settings name
// under documents. Its error is an *lambda.ObjectError, in the words of S3.
//
// Unlike AWS: a truststore is read again whenever domains are served anew; AWS keeps the one that it
// read when the domain was told of it.
func (r *Runner) stored(bucket, key string) (string, error) {
	objects, ok := control.Opened[*s3.Service](r.managed.door)
	if ok {
		if file, found := objects.Object(bucket, key); found {
			return file, nil
		}
	}
	if file, named := r.App().Settings.Documents[bucket+"/"+key]; named {
		return inDir(r.options.Dir, file), nil
	}
	if !ok || !objects.Has(bucket) {
		return "", &lambda.ObjectError{
			Code: "NoSuchBucket", Message: "The specified bucket does not exist",
		}
	}
	return "", &lambda.ObjectError{Code: "NoSuchKey", Message: "The specified key does not exist."}
}

// storesOf returns the buckets and parameters of stacks, by what tells them apart.
func (h *stackHost) storesOf(
	assembly *cloudformation.Assembly, all []stacks.Template,
) map[string]stored {
	made := map[string]stored{}
	for _, r := range assembly.ByType("AWS::S3::Bucket", "AWS::SSM::Parameter") {
		one := stored{
			stack: r.Stack.Name, logicalID: r.LogicalID, region: r.Stack.Region, name: r.PhysicalID,
			isBucket: r.Type == "AWS::S3::Bucket", retained: h.isRetained(r, all),
		}
		one.kind, _ = r.Properties["Type"].(string)
		one.value = fmt.Sprint(r.Properties["Value"])
		made[r.Type+" "+r.Stack.Region+" "+r.PhysicalID] = one
	}
	return made
}

// isRetained says whether a resource outlives its stack.
func (h *stackHost) isRetained(r *cloudformation.Resource, all []stacks.Template) bool {
	for _, t := range all {
		if t.Name != r.Stack.Name || t.Region != r.Stack.Region {
			continue
		}
		parsed, err := h.Parse(t.Body)
		resources, _ := parsed["Resources"].(map[string]any)
		declared, _ := resources[r.LogicalID].(map[string]any)
		policy, _ := declared["DeletionPolicy"].(string)
		return err == nil && (policy == "Retain" || policy == "RetainExceptOnCreate")
	}
	return false
}

// checkStores refuses the end of a bucket that holds something.
func (h *stackHost) checkStores(now map[string]stored) error {
	buckets, ok := control.Opened[*s3.Service](h.runner.managed.door)
	if !ok {
		return nil
	}
	var faults stacks.Faults
	for id, one := range h.stores {
		_, stays := now[id]
		if !stays && one.isBucket && !one.retained && !buckets.IsEmpty(one.name) {
			faults = append(faults, stacks.Fault{
				Stack: one.stack, Resource: one.logicalID,
				Reason: "The bucket you tried to delete is not empty: " + one.name,
			})
		}
	}
	if faults == nil {
		return nil
	}
	return faults
}

// provide makes the buckets and parameters that stacks describe, and takes away those of before.
func (h *stackHost) provide(now map[string]stored) error {
	buckets, hasBuckets := control.Opened[*s3.Service](h.runner.managed.door)
	parameters, hasParameters := control.Opened[*ssm.Service](h.runner.managed.door)
	if !hasBuckets || !hasParameters {
		return nil
	}
	var errs []error
	for _, one := range now {
		if one.isBucket {
			errs = append(errs, buckets.Provide(one.name, one.region))
			continue
		}
		errs = append(errs, parameters.Provide(one.region, one.name, one.kind, one.value))
	}
	for id, one := range h.stores {
		_, stays := now[id]
		switch {
		case stays || one.retained:
		case one.isBucket:
			errs = append(errs, buckets.Withdraw(one.name))
		default:
			errs = append(errs, parameters.Withdraw(one.region, one.name))
		}
	}
	h.stores = now
	return errors.Join(errs...)
}
