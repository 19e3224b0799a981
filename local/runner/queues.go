package runner

import (
	"maps"
	"net/http"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	keys "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"portico/local/lambda"
	"portico/local/lambda/poller"
	"portico/local/services/queues"
)

// sqsPath is where the queues of the template are reached on the main address.
const sqsPath = knobs + "sqs"

// wantsQueues says whether an app's queues are served here: unless an endpoint of SQS was
// given, or the settings turn them off.
func (r *Runner) wantsQueues(app *App) bool {
	switched := app.Settings.Companions.SQS
	_, elsewhere := r.endpoints.Lookup("sqs")
	return len(app.Queues) > 0 && elsewhere != nil && !r.options.NoCompanions &&
		(switched == nil || *switched)
}

// startQueues serves the queues of an app, and tells integrations and functions where.
func (r *Runner) startQueues(app *App) {
	if !r.wantsQueues(app) {
		return
	}
	serving := queues.New(r.options.machine(), app.Queues)
	r.queues.Store(serving)
	endpoints := maps.Clone(r.endpoints) // calls in flight read the one before
	endpoints["SQS"] = r.server.URL() + sqsPath
	r.endpoints = endpoints
}

// queueHandler answers for the queues; without any, the path is unknown.
func (r *Runner) queueHandler() http.Handler {
	return http.StripPrefix(sqsPath, http.HandlerFunc(
		func(w http.ResponseWriter, request *http.Request) {
			serving := r.queues.Load()
			if serving == nil {
				http.NotFound(w, request)
				return
			}
			serving.ServeHTTP(w, request)
		}))
}

// startPolling polls the queues that the app maps to functions, in place of what was polled before.
// What is polled already goes on: a batch that is being worked on would come again.
func (r *Runner) startPolling(app *App) {
	address, err := r.endpoints.Lookup("sqs")
	now := polled{true, address, app.Lambda.EventSources}
	if reflect.DeepEqual(now, r.polled) {
		return
	}
	r.stopPolling()
	r.polled = now
	if err != nil || len(app.Lambda.EventSources) == 0 {
		for _, source := range app.Lambda.EventSources {
			if !source.Enabled {
				continue
			}
			r.options.Log.Warn("the queue of an event source mapping is not polled",
				"queue", source.SourceARN, "function", source.FunctionARN, "error", err)
		}
		return
	}
	provider := keys.NewStaticCredentialsProvider("portico", "portico", "")
	client := sqs.New(sqs.Options{
		Region: app.Lambda.Region, BaseEndpoint: aws.String(strings.TrimSuffix(address, "/")),
		Credentials: provider, Retryer: aws.NopRetryer{},
	})
	r.polling = poller.Start(poller.Options{
		Clock: r.options.machine(), Queues: client, Invoke: r.functions.Invoke, Log: r.options.Log,
	}, app.Lambda.EventSources)
}

// polled is what was last looked at for polling.
type polled struct {
	looked  bool
	address string // of the queues; "" when they have none
	sources []lambda.EventSource
}

func (r *Runner) stopPolling() {
	r.polled = polled{}
	if r.polling != nil {
		r.polling.Close()
		r.polling = nil
	}
}
