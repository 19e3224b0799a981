package lambda

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"portico/local/control/model"
	"portico/local/gateway/api"
	"portico/local/lambda/filter"
)

// eventFilter is one of FilterCriteria; a message that none of them takes is not passed on.
type eventFilter struct{ Pattern string }

// mapping is an event source mapping from an SQS queue to a function.
type mapping struct {
	Function, Qualifier string
	Source              string // ARN of the queue
	BatchSize, Window   int    // Window in seconds
	Enabled             bool
	ResponseTypes       []string
	MaxConcurrency      int
	Filters             []eventFilter
	Tags                map[string]string
	Modified            float64 // seconds of the epoch

	templates bool // it is the template's
}

func (m *mapping) target(account api.Account) string {
	arn := functionARN(account, m.Function)
	if m.Qualifier != "" {
		arn += ":" + m.Qualifier
	}
	return arn
}

func createMapping(c *call) (model.Object, error) {
	source := c.in.Text("EventSourceArn")
	switch {
	case source == "":
		return nil, invalid("Unrecognized event source.")
	case !strings.Contains(source, ":sqs:"):
		return nil, invalid("The event source %s is not served here: only queues of SQS are polled",
			source)
	case c.in.Has("StartingPosition"):
		return nil, invalid("StartingPosition is not valid for SQS event sources.")
	}
	m := &mapping{Source: source, BatchSize: 10, Enabled: true}
	if err := c.setFunction(m); err != nil {
		return nil, err
	}
	for id, other := range c.mappings() {
		if other.Source == source && other.Function == m.Function && other.Qualifier == m.Qualifier {
			return nil, conflict("An event source mapping with SQS arn (\" %s \") and function (\" %s \") "+
				"already exists. Please update or delete the existing mapping with UUID %s", source,
				m.Function, id)
		}
	}
	if err := c.setMapping(m); err != nil {
		return nil, err
	}
	var err error
	if m.Tags, err = tagged(nil, c.in.TextMap("Tags")); err != nil {
		return nil, err
	}
	id := uuid.NewString()
	c.world.Mappings[id] = m
	shown := c.shownMapping(id, m)
	if m.Enabled {
		shown["State"] = "Creating"
	}
	return shown, nil
}

// setFunction takes the function over that an input names.
func (c *call) setFunction(m *mapping) error {
	n, err := c.parse(c.in.Text("FunctionName"), "")
	if err != nil {
		return err
	}
	f := c.lookUp(n.function)
	if f == nil {
		return invalid("Function does not exist")
	}
	if v, _ := f.find(n.qualifier); v == nil {
		return invalid("Function does not exist")
	}
	if f.templates {
		return fromTemplate("function", n.function)
	}
	m.Function, m.Qualifier = n.function, n.qualifier
	if n.qualifier == latest {
		m.Qualifier = ""
	}
	return nil
}

// setMapping takes over what an input sets, and refuses what AWS does.
func (c *call) setMapping(m *mapping) error {
	if len(c.in.Object("DestinationConfig").Object("OnFailure")) > 0 {
		return invalid("Unsupported DestinationConfig parameter for given event source mapping type.")
	}
	for _, only := range []string{
		"MaximumRecordAgeInSeconds", "BisectBatchOnFunctionError", "MaximumRetryAttempts",
		"ParallelizationFactor", "TumblingWindowInSeconds", "ProvisionedPollerConfig",
	} {
		if c.in.Has(only) {
			return invalid("Unsupported %s parameter for given event source mapping type.", only)
		}
	}
	if c.in.Has("BatchSize") {
		m.BatchSize = c.in.Int("BatchSize")
	}
	if c.in.Has("MaximumBatchingWindowInSeconds") {
		m.Window = c.in.Int("MaximumBatchingWindowInSeconds")
	}
	if c.in.Has("Enabled") {
		m.Enabled = c.in.Bool("Enabled")
	}
	if c.in.Has("FunctionResponseTypes") {
		m.ResponseTypes = c.in.Texts("FunctionResponseTypes")
	}
	if scaling := c.in.Object("ScalingConfig"); scaling != nil {
		m.MaxConcurrency = scaling.Int("MaximumConcurrency")
	}
	if criteria := c.in.Object("FilterCriteria"); criteria != nil {
		m.Filters = nil
		for _, f := range criteria.Objects("Filters") {
			m.Filters = append(m.Filters, eventFilter{Pattern: f.Text("Pattern")})
		}
	}
	m.Modified = float64(c.now.UnixMilli()) / 1000
	return m.check()
}

func (m *mapping) check() error {
	fifo := strings.HasSuffix(m.Source, ".fifo")
	switch {
	case fifo && m.BatchSize > 10:
		return invalid("Batch size must be between 1 and 10 for FIFO queues.")
	case fifo && m.Window > 0:
		return invalid("Batching window is not supported for FIFO queues.")
	case m.BatchSize > 10 && m.Window == 0:
		return invalid("Maximum batch window in seconds must be greater than 0 if maximum batch size " +
			"is greater than 10")
	case len(m.Filters) > 10:
		return invalid("Number of filters exceeds the limit of 10.")
	}
	for _, f := range m.Filters {
		if _, err := filter.Compile(f.Pattern); err != nil {
			return invalid("Invalid filter pattern definition. %s", err)
		}
	}
	return nil
}

// mappings returns those that were created, and the template's.
func (c *call) mappings() map[string]*mapping {
	all := map[string]*mapping{}
	for id, m := range c.template().mappings {
		all[id] = m
	}
	for id, m := range c.world.Mappings {
		all[id] = m
	}
	return all
}

// mapping finds the one that a call names.
func (c *call) mapping() (string, *mapping, error) {
	id := c.in.Text("UUID")
	m := c.mappings()[id]
	if m == nil {
		return id, nil, unknown()
	}
	return id, m, nil
}

func getMapping(c *call) (model.Object, error) {
	id, m, err := c.mapping()
	if err != nil {
		return nil, err
	}
	return c.shownMapping(id, m), nil
}

func updateMapping(c *call) (model.Object, error) {
	id, m, err := c.mapping()
	if err != nil {
		return nil, err
	}
	if m.templates {
		return nil, fromTemplate("event source mapping", id)
	}
	before := m.Enabled
	if c.in.Text("FunctionName") != "" {
		if err := c.setFunction(m); err != nil {
			return nil, err
		}
	}
	if err := c.setMapping(m); err != nil {
		return nil, err
	}
	shown := c.shownMapping(id, m)
	switch {
	case before && m.Enabled:
		shown["State"] = "Updating"
	case m.Enabled:
		shown["State"] = "Enabling"
	case before:
		shown["State"] = "Disabling"
	}
	return shown, nil
}

func deleteMapping(c *call) (model.Object, error) {
	id, m, err := c.mapping()
	if err != nil {
		return nil, err
	}
	if m.templates {
		return nil, fromTemplate("event source mapping", id)
	}
	delete(c.world.Mappings, id)
	shown := c.shownMapping(id, m)
	shown["State"] = "Deleting"
	return shown, nil
}

func listMappings(c *call) (model.Object, error) {
	var of name
	if c.in.Text("FunctionName") != "" {
		var err error
		if of, err = c.parse(c.in.Text("FunctionName"), ""); err != nil {
			return nil, err
		}
		if c.lookUp(of.function) == nil {
			return nil, notFound("Function does not exist")
		}
	}
	all := c.mappings()
	var items []item
	for _, id := range sorted(all) {
		m := all[id]
		source := c.in.Text("EventSourceArn")
		if source != "" && m.Source != source ||
			of.function != "" && (m.Function != of.function || m.Qualifier != of.qualifier) {
			continue
		}
		items = append(items, item{id, c.shownMapping(id, m)})
	}
	return c.page("EventSourceMappings", items)
}

func (c *call) shownMapping(id string, m *mapping) model.Object {
	shown := model.Object{
		"UUID": id, "EventSourceMappingArn": c.arn("event-source-mapping:" + id),
		"EventSourceArn": m.Source, "FunctionArn": m.target(c.account),
		"BatchSize": int64(m.BatchSize), "MaximumBatchingWindowInSeconds": int64(m.Window),
		"FunctionResponseTypes": model.TextList(slices.Clone(m.ResponseTypes)),
		"LastModified":          m.Modified, "State": "Disabled",
		"StateTransitionReason": "USER_INITIATED",
	}
	if m.Enabled {
		shown["State"] = "Enabled"
	}
	if m.MaxConcurrency > 0 {
		shown["ScalingConfig"] = model.Object{"MaximumConcurrency": int64(m.MaxConcurrency)}
	}
	var filters []any
	for _, f := range m.Filters {
		filters = append(filters, model.Object{"Pattern": f.Pattern})
	}
	if len(filters) > 0 {
		shown["FilterCriteria"] = model.Object{"Filters": filters}
	}
	return shown
}
