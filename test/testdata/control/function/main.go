// Command function is what the tests of the Lambda management API deploy: it says which release it
// is, and calls AWS services as an event asks.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"
)

// release is set by the linker.
var release = "a"

type event struct {
	Function string `json:"function"` // to invoke
	Service  string `json:"service"`  // to call
	// RequestContext is there when an API or a URL calls.
	RequestContext json.RawMessage `json:"requestContext"`
}

func main() { lambda.Start(handle) }

func handle(ctx context.Context, e event) (any, error) {
	fmt.Println("release", release)
	answer := map[string]any{"release": release, "version": os.Getenv("AWS_LAMBDA_FUNCTION_VERSION")}
	switch {
	case e.Function != "":
		status, text, err := call(ctx, "lambda", "/2015-03-31/functions/"+e.Function+"/invocations")
		answer["status"], answer["answer"] = status, text
		return answer, err
	case e.Service != "":
		status, text, err := call(ctx, e.Service, "/")
		answer["status"], answer["answer"] = status, text
		return answer, err
	}
	if e.RequestContext == nil {
		return answer, nil
	}
	body, err := json.Marshal(answer)
	return map[string]any{"statusCode": http.StatusOK, "body": string(body)}, err
}

// call makes a signed call of the endpoint that the environment names, as SDKs do.
func call(ctx context.Context, service, path string) (int, string, error) {
	loaded, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return 0, "", err
	}
	keys, err := loaded.Credentials.Retrieve(ctx)
	if err != nil {
		return 0, "", err
	}
	body := []byte("{}")
	request, err := http.NewRequestWithContext(ctx, http.MethodPost,
		os.Getenv("AWS_ENDPOINT_URL")+path, bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	sum := sha256.Sum256(body)
	err = v4.NewSigner().SignHTTP(ctx, keys, request, hex.EncodeToString(sum[:]), service,
		loaded.Region, time.Now())
	if err != nil {
		return 0, "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}
