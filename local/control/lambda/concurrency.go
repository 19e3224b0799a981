package lambda

import (
	"net/http"

	"portico/local/control/model"
)

// Concurrency of an account (Lambda quotas).
const (
	accountConcurrency = 1000
	minUnreserved      = 100
)

// provisioned is provisioned concurrency of a version or alias.
type provisioned struct {
	Wanted   int
	Modified string
}

// reserved is how much of the account's concurrency belongs to functions, but for one of them.
func (c *call) reserved(but string) int {
	sum := 0
	for _, all := range []map[string]*function{c.template().functions, c.world.Functions} {
		for _, f := range all {
			if f.Name != but && f.Reserved != nil {
				sum += *f.Reserved
			}
		}
	}
	return sum
}

func putConcurrency(c *call) (model.Object, error) {
	n, err := c.named()
	if err != nil {
		return nil, err
	}
	if n.qualifier != "" {
		return nil, invalid("This operation is permitted on Lambda functions only. Aliases and " +
			"versions do not support this operation. Please specify either a function name or an " +
			"unqualified function ARN.")
	}
	f := c.lookUp(n.function)
	if f == nil {
		return nil, unknownFunction(c.arnOf(name{n.function, latest}))
	}
	if f.templates {
		return nil, fromTemplate("function", n.function)
	}
	wanted := c.in.Int("ReservedConcurrentExecutions")
	if accountConcurrency-c.reserved(n.function)-wanted < minUnreserved {
		return nil, invalid("Specified ReservedConcurrentExecutions for function decreases account's "+
			"UnreservedConcurrentExecution below its minimum value of [%d].", minUnreserved)
	}
	f.Reserved = &wanted
	return model.Object{"ReservedConcurrentExecutions": int64(wanted)}, nil
}

func getConcurrency(c *call) (model.Object, error) {
	f, _, err := c.function()
	if err != nil {
		return nil, err
	}
	if f.Reserved == nil {
		return model.Object{}, nil
	}
	return model.Object{"ReservedConcurrentExecutions": int64(*f.Reserved)}, nil
}

func deleteConcurrency(c *call) (model.Object, error) {
	f, _, err := c.own()
	if err != nil {
		return nil, err
	}
	f.Reserved = nil
	return model.Object{}, nil
}

func putProvisioned(c *call) (model.Object, error) {
	f, n, err := c.own()
	if err != nil {
		return nil, err
	}
	if n.qualifier == latest {
		return nil, invalid("Provisioned Concurrency Configs cannot be applied to unpublished function " +
			"versions.")
	}
	if err := c.qualifierExists(f, n); err != nil {
		return nil, err
	}
	wanted := c.in.Int("ProvisionedConcurrentExecutions")
	if err := c.checkProvisioned(f, n, wanted); err != nil {
		return nil, err
	}
	f.Provisioned[n.qualifier] = &provisioned{Wanted: wanted, Modified: c.modified()}
	return model.Object{
		"RequestedProvisionedConcurrentExecutions": int64(wanted),
		"AvailableProvisionedConcurrentExecutions": int64(0),
		"AllocatedProvisionedConcurrentExecutions": int64(0),
		"Status": "IN_PROGRESS", "LastModified": c.modified(),
	}, nil
}

// checkProvisioned refuses what AWS refuses of a version that is named twice, and of too much.
func (c *call) checkProvisioned(f *function, n name, wanted int) error {
	if a := f.Aliases[n.qualifier]; a != nil {
		switch {
		case a.Version == latest:
			return invalid("Provisioned Concurrency Configs cannot be applied to unpublished function " +
				"versions.")
		case f.Provisioned[a.Version] != nil:
			return conflict("Alias can't be used for Provisioned Concurrency configuration on an already " +
				"Provisioned version")
		case len(a.Weights) > 0:
			return conflict("Alias with weights can not be used with Provisioned Concurrency")
		}
	} else {
		for name := range f.Provisioned {
			if a := f.Aliases[name]; a != nil && a.Version == n.qualifier {
				return conflict("Version is pointed by a Provisioned Concurrency alias")
			}
		}
	}
	unreserved := accountConcurrency - c.reserved("")
	switch {
	case f.Reserved != nil && wanted > *f.Reserved:
		return invalid("Requested Provisioned Concurrency should not be greater than the " +
			"reservedConcurrentExecution for function")
	case f.Reserved != nil:
		return nil
	case wanted > unreserved:
		return invalid("Specified ConcurrentExecutions for function is greater than account's "+
			"unreserved concurrency [%d].", unreserved)
	case unreserved-wanted < minUnreserved:
		return invalid("Specified ConcurrentExecutions for function decreases account's "+
			"UnreservedConcurrentExecution below its minimum value of [%d].", minUnreserved)
	}
	return nil
}

func getProvisioned(c *call) (model.Object, error) {
	n, err := c.named()
	if err != nil {
		return nil, err
	}
	if n.qualifier == latest {
		return nil, invalid("The function resource provided must be an alias or a published version.")
	}
	f := c.lookUp(n.function)
	if f == nil {
		f = newFunction(n.function) // AWS misses the alias before the function
	}
	if err := c.qualifierExists(f, n); err != nil {
		return nil, err
	}
	p := f.Provisioned[n.qualifier]
	if p == nil {
		return nil, &model.Error{
			Code: "ProvisionedConcurrencyConfigNotFoundException", Status: http.StatusNotFound,
			Message: "No Provisioned Concurrency Config found for this function",
		}
	}
	return c.shownProvisioned(n, p), nil
}

// shownProvisioned shows how many environments are ready. This machine may keep fewer than are
// wanted; it is done when those are ready.
func (c *call) shownProvisioned(n name, p *provisioned) model.Object {
	wanted, ready := c.service.options.Host.Functions().Provisioned(c.arnOf(n))
	shown := model.Object{
		"RequestedProvisionedConcurrentExecutions": int64(p.Wanted),
		"AvailableProvisionedConcurrentExecutions": int64(ready),
		"AllocatedProvisionedConcurrentExecutions": int64(ready),
		"Status": "READY", "LastModified": p.Modified,
	}
	if ready < wanted {
		shown["Status"] = "IN_PROGRESS"
	}
	return shown
}

func deleteProvisioned(c *call) (model.Object, error) {
	f, n, err := c.own()
	if err != nil {
		return nil, err
	}
	if err := c.qualifierExists(f, n); err != nil {
		return nil, err
	}
	delete(f.Provisioned, n.qualifier)
	return model.Object{}, nil
}

func listProvisioned(c *call) (model.Object, error) {
	f, n, err := c.function()
	if err != nil {
		return nil, err
	}
	var items []item
	for _, qualifier := range sorted(f.Provisioned) {
		of := name{n.function, qualifier}
		shown := c.shownProvisioned(of, f.Provisioned[qualifier])
		shown["FunctionArn"] = c.arnOf(of)
		items = append(items, item{qualifier, shown})
	}
	return c.page("ProvisionedConcurrencyConfigs", items)
}
