package restapi_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/exchange"
	"portico/local/gateway/restapi"
)

func TestTestInvokeAuthorizer(t *testing.T) {
	header := exchange.Header{{Name: "Authorization", Value: "a"}}
	denied := policyOf("Deny", "*")
	for _, r := range []struct {
		name    string
		arrange func(*world)
		header  exchange.Header
		status  int
		policy  string
		log     string
	}{
		{
			"a policy", nil, header, 0, strings.TrimSuffix(policyOf("Allow", "*")[len(`{"principalId":"me",`+
				`"policyDocument":`):], "}"),
			"Successfully completed authorizer execution",
		},
		{
			"a policy that denies is a success of the authorizer",
			func(w *world) { w.lambda.answer(guardARN, denied) }, header, 0,
			strings.TrimSuffix(denied[len(`{"principalId":"me","policyDocument":`):], "}"),
			"Using valid authorizer policy for principal",
		},
		{"no token", nil, nil, 401, "", "Method completed with status: 401"},
		{
			"the error Unauthorized",
			func(w *world) { w.lambda.functionError(guardARN, `{"errorMessage":"Unauthorized"}`) },
			header, 401, "", "Starting authorizer: auth01 for request: ",
		},
		{
			"another error", func(w *world) { w.lambda.functionError(guardARN, `{"errorMessage":"no"}`) },
			header, 500, "", "Method completed with status: 500",
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			w.guard("TOKEN", nil)
			w.lambda.answer(guardARN, policyOf("Allow", "*"))
			if r.arrange != nil {
				r.arrange(w)
			}
			w.compile(t)
			got, err := w.api.TestInvokeAuthorizer(t.Context(), restapi.TestAuthorization{
				AuthorizerID: "auth01", Header: r.header,
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(r.policy, got.Policy); diff != "" || got.ClientStatus != r.status ||
				!strings.Contains(got.Log, r.log) {
				t.Errorf("got %+v, want status %d, log %q; policy (-want +got)\n%s", got, r.status, r.log, diff)
			}
			if len(w.records) > 0 {
				t.Errorf("%d calls were told of, want none", len(w.records))
			}
		})
	}
}

func TestAnAuthorizerThatIsNotThereIsNotTested(t *testing.T) {
	w := newWorld()
	w.compile(t)
	_, err := w.api.TestInvokeAuthorizer(t.Context(), restapi.TestAuthorization{AuthorizerID: "gone"})
	var unknown *restapi.NotFoundError
	if !errors.As(err, &unknown) || unknown.Message != "Invalid Authorizer identifier specified" {
		t.Errorf("got %v", err)
	}
}

func TestFlushedAuthorizersAreAskedAgain(t *testing.T) {
	w := newWorld()
	w.guard("TOKEN", nil)
	asked := func() int {
		w.get(t, "/dev/guarded", "Authorization: a")
		count := 0
		for _, call := range w.lambda.calls {
			if call.FunctionARN == guardARN {
				count++
			}
		}
		return count
	}
	if first, second := asked(), asked(); first != 1 || second != 1 {
		t.Fatalf("the function was asked %d, then %d times, want 1 and 1", first, second)
	}
	if err := w.api.FlushAuthorizers("dev"); err != nil {
		t.Fatal(err)
	}
	if third := asked(); third != 2 {
		t.Errorf("after a flush the function was asked %d times, want 2", third)
	}
	if err := w.api.FlushAuthorizers("gone"); err == nil {
		t.Error("a stage that is not there is flushed")
	}
}
