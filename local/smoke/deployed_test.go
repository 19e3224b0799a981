package smoke

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/google/go-cmp/cmp"

	"portico/local/replay"
)

// stacks tells of stacks and their outputs, one page for each stack.
type stacks map[string]map[string]string

func (s stacks) DescribeStacks(_ context.Context, in *cloudformation.DescribeStacksInput,
	_ ...func(*cloudformation.Options),
) (*cloudformation.DescribeStacksOutput, error) {
	out := &cloudformation.DescribeStacksOutput{}
	for name, outputs := range s {
		if in.StackName != nil && *in.StackName != name {
			continue
		}
		stack := types.Stack{StackName: aws.String(name)}
		for key, value := range outputs {
			stack.Outputs = append(stack.Outputs,
				types.Output{OutputKey: aws.String(key), OutputValue: aws.String(value)})
		}
		out.Stacks = append(out.Stacks, stack)
	}
	if in.StackName != nil && len(out.Stacks) == 0 {
		return nil, fmt.Errorf("Stack with id %s does not exist", *in.StackName)
	}
	return out, nil
}

func TestAddressesComeFromTheOutputsOfStacks(t *testing.T) {
	cloud := stacks{
		"shop-dev-public": {"Endpoint": "https://a.example/", "Issuer": "https://issuer.example"},
		"shop-dev-live":   {"ApiEndpoint4F16": "wss://b.example/dev", "Name": "no address"},
		"shop-prod-more":  {"webEndpoint": "https://c.example", "liveEndpoint": "wss://d.example/dev"},
		"other":           {"Endpoint": "not a URL"},
	}
	for _, row := range []struct {
		name  string
		named []string
		want  map[string]string
		fault string
	}{
		{"a stack", []string{"shop-dev-public"}, map[string]string{"shop-dev-public": "https://a.example/"}, ""},
		{"a pattern", []string{"shop-dev-*"}, map[string]string{
			"shop-dev-public": "https://a.example/", "shop-dev-live": "wss://b.example/dev",
		}, ""},
		{"several APIs of a stack", []string{"shop-prod-more"}, map[string]string{
			"web": "https://c.example", "live": "wss://d.example/dev",
		}, ""},
		{"a stack that is not there", []string{"gone"}, nil, "reading stack gone: Stack with id gone does not exist"},
		{"a pattern of nothing", []string{"x-*"}, nil, "no stack matches x-*"},
		{"a bad pattern", []string{"[x"}, nil, `the pattern of stacks "[x"`},
		{"no address", []string{"other"}, nil, "no output of other has the address of an API"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := Deployed(t.Context(), cloud, row.named)
			if row.fault != "" {
				if err == nil || !strings.Contains(err.Error(), row.fault) {
					t.Errorf("the error is %v, want %q", err, row.fault)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, got.URLs); diff != "" {
				t.Errorf("the addresses (-want +got):\n%s", diff)
			}
		})
	}
	if got, err := Deployed(t.Context(), cloud, []string{"shop-dev-*"}); err != nil ||
		got.Issuer != "https://issuer.example" {
		t.Errorf("the issuer is %q, %v", got.Issuer, err)
	}
}

func TestTokensOfAnAppClient(t *testing.T) {
	asked := 0
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	mux.HandleFunc("GET /pool/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"token_endpoint":"%s/oauth2/token"}`, server.URL)
	})
	mux.HandleFunc("POST /oauth2/token", func(w http.ResponseWriter, r *http.Request) {
		asked++
		id, secret, _ := r.BasicAuth()
		if id != "client" || secret != "s3cret" || r.PostFormValue("grant_type") != "client_credentials" {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error":"invalid_client"}`)
			return
		}
		fmt.Fprintf(w, `{"access_token":"for %s"}`, r.PostFormValue("scope"))
	})
	c := &Client{Issuer: server.URL + "/pool", ID: "client", Secret: "s3cret", HTTP: client(t)}
	for range 2 {
		token, err := c.Token(t.Context(), replay.TokenRequest{Scopes: []string{"b", "a"}})
		if err != nil || token != "for a b" {
			t.Fatalf("the token is %q, %v", token, err)
		}
	}
	if asked != 1 {
		t.Errorf("the issuer was asked %d times, want once", asked)
	}
	refused := &Client{Issuer: server.URL + "/pool", ID: "client", Secret: "wrong", HTTP: client(t)}
	if _, err := refused.Token(t.Context(), replay.TokenRequest{}); err == nil ||
		!strings.Contains(err.Error(), "invalid_client") {
		t.Errorf("a wrong secret: %v", err)
	}
	for name, row := range map[string]struct {
		client  *Client
		request replay.TokenRequest
		want    string
	}{
		"an expired token": {c, replay.TokenRequest{Lifetime: -time.Minute}, "only a runner mints"},
		"an ID token":      {c, replay.TokenRequest{Use: "id"}, "only a runner mints"},
		"no client":        {&Client{}, replay.TokenRequest{}, "needs a token"},
		"no issuer":        {&Client{ID: "a", Secret: "b"}, replay.TokenRequest{}, "needs the issuer"},
	} {
		if _, err := row.client.Token(t.Context(), row.request); err == nil ||
			!strings.Contains(needed(err), row.want) {
			t.Errorf("%s: %v, want a need: %s", name, err, row.want)
		}
	}
	ready := &Client{Ready: "jwt"}
	if token, err := ready.Token(t.Context(), replay.TokenRequest{}); err != nil || token != "jwt" {
		t.Errorf("a token that is ready: %q, %v", token, err)
	}
}
