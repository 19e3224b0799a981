package lambda

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"portico/local/control/model"
	"portico/local/gateway/api"
	plane "portico/local/lambda"
)

// policy is the resource policy of a function, a version or an alias.
type policy struct {
	Statements []statement
	RevisionID string
}

// statement is a statement of a resource policy, as IAM writes it.
type statement struct {
	Sid, Effect string
	Principal   any // "*", or a map of one text
	Action      string
	Resource    string
	Condition   map[string]map[string]string `json:",omitempty"`
}

func (s *statement) condition(operator, key, value string) {
	if value == "" {
		return
	}
	if s.Condition == nil {
		s.Condition = map[string]map[string]string{}
	}
	if s.Condition[operator] == nil {
		s.Condition[operator] = map[string]string{}
	}
	s.Condition[operator][key] = value
}

// The conditions that a permission can set.
const (
	sourceARN     = "AWS:SourceArn"
	sourceAccount = "AWS:SourceAccount"
)

// permission is the statement as invocations are held against it; false for one with a condition
// that they never meet, or that is not evaluated: it grants nothing. Function URLs evaluate the
// statement itself.
func (s *statement) permission() (plane.Permission, bool) {
	made := plane.Permission{
		FunctionARN: s.Resource, Action: s.Action, Principal: s.principal(),
		SourceARN:     s.Condition["ArnLike"][sourceARN],
		SourceAccount: s.Condition["StringEquals"][sourceAccount],
	}
	for _, conditions := range s.Condition {
		for key := range conditions {
			if key != sourceARN && key != sourceAccount {
				return made, false
			}
		}
	}
	return made, true
}

func (s *statement) principal() string {
	switch given := s.Principal.(type) {
	case string:
		return given
	case map[string]string:
		for _, value := range given {
			return value
		}
	case map[string]any: // as it was kept
		for _, value := range given {
			text, _ := value.(string)
			return text
		}
	}
	return ""
}

func addPermission(c *call) (model.Object, error) {
	n, err := c.named()
	if err != nil {
		return nil, err
	}
	if n.qualifier == latest {
		return nil, invalid("We currently do not support adding policies for $LATEST.")
	}
	principal, ok := c.principal(c.in.Text("Principal"))
	if !ok {
		return nil, invalid("The provided principal was invalid. Please check the principal and try " +
			"again.")
	}
	f := c.lookUp(n.function)
	if f == nil {
		return nil, unknownFunction(c.arnOf(n))
	}
	if f.templates {
		return nil, fromTemplate("function", n.function)
	}
	if err := c.qualifierExists(f, n); err != nil {
		return nil, err
	}
	p := f.Policies[n.qualifier]
	if p == nil {
		p = &policy{}
	}
	if err := c.checkRevision(p.RevisionID, "GetPolicy"); err != nil {
		return nil, err
	}
	s := c.statement(n, principal)
	if slices.ContainsFunc(p.Statements, func(other statement) bool { return other.Sid == s.Sid }) {
		return nil, conflict("The statement id (%s) provided already exists. Please provide a new "+
			"statement id, or remove the existing statement.", s.Sid)
	}
	p.Statements = append(p.Statements, s)
	const most = 20 << 10
	if len(p.document()) > most {
		return nil, &model.Error{
			Code: "PolicyLengthExceededException", Status: 400,
			Message: "The final policy size is bigger than the limit (20480).",
		}
	}
	p.RevisionID = uuid.NewString()
	f.Policies[n.qualifier] = p
	return model.Object{"Statement": jsonText(s)}, nil
}

// statement makes the statement that an input describes.
func (c *call) statement(n name, principal any) statement {
	s := statement{
		Sid: c.in.Text("StatementId"), Effect: "Allow", Principal: principal,
		Action: c.in.Text("Action"), Resource: c.arnOf(n),
	}
	s.condition("ArnLike", sourceARN, c.in.Text("SourceArn"))
	s.condition("StringEquals", sourceAccount, c.in.Text("SourceAccount"))
	s.condition("StringEquals", "lambda:FunctionUrlAuthType", c.in.Text("FunctionUrlAuthType"))
	s.condition("StringEquals", "aws:PrincipalOrgID", c.in.Text("PrincipalOrgID"))
	s.condition("StringEquals", "lambda:EventSourceToken", c.in.Text("EventSourceToken"))
	if c.in.Bool("InvokedViaFunctionUrl") {
		s.condition("Bool", "lambda:InvokedViaFunctionUrl", "true")
	}
	return s
}

// principal writes a principal as a policy does.
func (c *call) principal(given string) (any, bool) {
	switch {
	case given == "*":
		return given, true
	case strings.HasPrefix(given, "arn:"):
		return map[string]string{"AWS": given}, strings.Count(given, ":") >= 5
	case len(given) == 12 && strings.Trim(given, "0123456789") == "":
		return map[string]string{
			"AWS": api.Account{Partition: c.account.Partition, ID: given}.ARN("iam", "root"),
		}, true
	}
	return map[string]string{"Service": given}, strings.Contains(given, ".amazon")
}

func removePermission(c *call) (model.Object, error) {
	n, err := c.named()
	if err != nil {
		return nil, err
	}
	f := c.lookUp(n.function)
	if f == nil {
		return nil, notFound("No policy found for: %s", c.arnOf(n))
	}
	if f.templates {
		return nil, fromTemplate("function", n.function)
	}
	p := f.Policies[n.qualifier]
	if p == nil {
		return nil, notFound("No policy is associated with the given resource.")
	}
	if err := c.checkRevision(p.RevisionID, "GetPolicy"); err != nil {
		return nil, err
	}
	sid := c.in.Text("StatementId")
	left := slices.DeleteFunc(p.Statements, func(s statement) bool { return s.Sid == sid })
	if len(left) == len(p.Statements) {
		return nil, notFound("Statement %s is not found in resource policy.", sid)
	}
	p.Statements, p.RevisionID = left, uuid.NewString()
	if len(left) == 0 {
		delete(f.Policies, n.qualifier)
	}
	return model.Object{}, nil
}

func getPolicy(c *call) (model.Object, error) {
	f, n, err := c.function()
	if err != nil {
		return nil, err
	}
	p := f.Policies[n.qualifier]
	if p == nil {
		return nil, unknown()
	}
	return model.Object{"Policy": p.document(), "RevisionId": p.RevisionID}, nil
}
