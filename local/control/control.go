// Package control is the door of AWS's management APIs: the aws CLI, SDKs and Terraform, pointed at
// the runner with AWS_ENDPOINT_URL, create, read, change and delete here what a template describes
// elsewhere.
//
// It stands beside the way of a call, not in it: executeapi hands the runner what is no call of an
// API, and of that the requests that are signed for a served service come here. The service is read
// in the scope of the signature; two that sign alike are told apart by path. The model of the
// service (package model) says which operation a request is, reads its input and holds it against
// AWS's constraints; a package per service has the behaviour; the model prints the answer. Operations
// of served services that are not implemented answer 501 NotImplemented and are named, in the answer
// and in Coverage.
//
// Any credentials are accepted unless Options.Verify says whose are: this door is on the loopback
// interface. What is created is kept in the state folder and restored by Open. It compiles and
// serves no API itself: that is its Host's.
package control

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"portico/local/control/model"
	"portico/local/gateway/api"
	"portico/local/gateway/authorize"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

// The largest requests that are read: AWS takes definitions of 6 MB, and code of functions.
const (
	maxBody     = 10 << 20
	maxCodeBody = 70_167_211
)

// limit is how large a request to a service may be.
func (s *spoken) limit() int {
	if s.Name == "lambda" {
		return maxCodeBody
	}
	return maxBody
}

// Options say whose resources these are, and who serves them.
type Options struct {
	Account api.Account // of the configuration
	State   string      // a folder for what is created; nothing is kept when empty
	Clock   clock.Clock
	Log     *slog.Logger
	Hosts   Hosts
	// Verify knows whose signatures hold; nil takes any credentials.
	Verify authorize.Secrets
}

// Door answers the requests of AWS's clients.
type Door struct {
	options  Options
	services []served
	open     []Service
}

// served is a service and what of it is implemented.
type served struct {
	model.Title
	handlers model.Handlers
	// load reads the model once, when the service is first asked: most of them never are, and all of
	// them together take more memory than the rest of the runner.
	load func() (*model.Service, error)
}

// spoken is a service in the protocol of a request.
type spoken struct {
	*model.Service
	handlers model.Handlers
}

// Open restores what was created before; Refresh then serves it.
func Open(o Options) (*Door, error) {
	if o.Log == nil {
		return nil, errors.New("the management APIs need a log")
	}
	d := &Door{options: o}
	handlers := map[string]model.Handlers{}
	for _, service := range openers() {
		opened, err := service.open(o, o.folder(service.name))
		if err != nil {
			return nil, err
		}
		d.open = append(d.open, opened)
		handlers[service.name] = opened.Handlers()
	}
	d.shareDomains(handlers)
	titles, err := model.Titles()
	if err != nil {
		return nil, err
	}
	for _, title := range titles {
		d.services = append(d.services, served{
			Title: title, handlers: handlers[title.Name],
			load: sync.OnceValues(func() (*model.Service, error) { return model.Load(title.Name) }),
		})
	}
	return d, nil
}

// Refresh puts everything that was created before into effect; what cannot be any more is in the
// error.
func (d *Door) Refresh() error {
	var errs []error
	for _, service := range d.open {
		errs = append(errs, service.Refresh())
	}
	return errors.Join(errs...)
}

// Reset forgets everything that was created: last what others name.
func (d *Door) Reset() error {
	var errs []error
	for _, service := range slices.Backward(d.open) {
		errs = append(errs, service.Reset())
	}
	return errors.Join(errs...)
}

// Serves says whether a request is one of a management API: it is signed for one. Calls of APIs are
// signed too, for execute-api, and are none of the door's business.
func (d *Door) Serves(r *http.Request) bool {
	s, ok := d.told(r)
	return ok && d.service(s.service, r) != nil
}

// scope is what a signature says of a request.
type scope struct{ accessKeyID, region, service string }

// scopeOf reads the credential scope of a signed request, in its header or its query string.
func scopeOf(r *http.Request) (scope, bool) {
	credential := r.URL.Query().Get("X-Amz-Credential")
	if header := r.Header.Get("Authorization"); strings.HasPrefix(header, "AWS4-HMAC-SHA256") {
		_, credential, _ = strings.Cut(header, "Credential=")
		credential, _, _ = strings.Cut(credential, ",")
	}
	parts := strings.Split(strings.TrimSpace(credential), "/")
	if len(parts) < 5 || !isRegion(parts[len(parts)-3]) {
		return scope{}, false
	}
	last := len(parts) - 1
	return scope{
		accessKeyID: strings.Join(parts[:last-3], "/"), region: parts[last-2], service: parts[last-1],
	}, true
}

// isRegion keeps what becomes the name of a folder plain.
func isRegion(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '-' && (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
}

// service finds the service that a request is for. API Gateway's two sign alike, and the calls of
// WebSocket connections sign as those of APIs do.
func (d *Door) service(signing string, r *http.Request) *served {
	name := ""
	switch {
	case signing == "apigateway" && strings.HasPrefix(r.URL.Path, "/v2/"):
		name = "apigatewayv2"
	case signing == "apigateway":
		name = "apigateway"
	case signing == "execute-api" && strings.HasPrefix(r.URL.Path, "/@connections/"):
		name = "apigatewaymanagementapi"
	case signing == "execute-api":
		return nil
	}
	at := slices.IndexFunc(d.services, func(s served) bool {
		return s.Name == name || name == "" && s.Signing == signing
	})
	if at < 0 {
		return nil
	}
	return &d.services[at]
}

// ServeHTTP answers a request that Serves knows; any other with 404.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	signed, ok := d.told(r)
	asked := d.service(signed.service, r)
	if !ok || asked == nil {
		http.NotFound(w, r)
		return
	}
	loaded, err := asked.load()
	if err != nil {
		d.options.Log.Error("answering a management API", "service", asked.Name, "error", err)
		http.Error(w, "Internal server error; the log of the runner says why",
			http.StatusInternalServerError)
		return
	}
	service := &spoken{loaded.Speaking(r), asked.handlers}
	if raw := d.raw(service.Name); raw != nil {
		// A body is streamed: what its signature says of it is taken at its word.
		raw.Serve(w, r, model.Call{Account: d.options.Account.ID, Region: signed.region},
			d.verify(service, signed, r, nil))
		return
	}
	requestID := exchange.NewRequestID()
	answer, err := d.answer(r.Context(), service, signed, request{r, requestID})
	var refused *model.Error
	switch {
	case errors.As(err, &refused):
		answer = service.Refusal(refused, requestID)
	case err != nil:
		d.options.Log.Error("answering a management API", "service", service.Name, "path", r.URL.Path,
			"error", err)
		answer = service.Refusal(&model.Error{
			Code: "ServiceFailureException", Status: http.StatusInternalServerError,
			Message: "Internal server error; the log of the runner says why",
		}, requestID)
	}
	header := w.Header()
	for name, values := range answer.Header {
		header[name] = values
	}
	w.WriteHeader(answer.Status)
	if answer.Stream != nil {
		stream(w, answer.Stream)
		return
	}
	_, _ = w.Write(answer.Body) // the client may have gone: nobody is left to tell
}

// stream sends a body as it comes.
func stream(w http.ResponseWriter, body io.ReadCloser) {
	defer body.Close()
	control := http.NewResponseController(w)
	part := make([]byte, 32<<10)
	for {
		n, err := body.Read(part)
		if _, gone := w.Write(part[:n]); gone != nil || err != nil {
			return
		}
		_ = control.Flush() // what cannot be flushed comes at the end
	}
}

// request is what arrived, and what it is called.
type request struct {
	*http.Request
	id string
}

// answer calls the behaviour of the operation that a request is.
func (d *Door) answer(
	ctx context.Context, service *spoken, signed scope, r request,
) (model.Answer, error) {
	body, err := bodyOf(r.Request, service.limit())
	if err != nil {
		return model.Answer{}, err
	}
	if err := d.verify(service, signed, r.Request, body); err != nil {
		return model.Answer{}, err
	}
	operation, params := service.find(r.Request, body)
	if operation == nil {
		return model.Answer{}, model.UnknownOperation(r.Method, r.URL.Path)
	}
	handler := service.handlers[operation.Name]
	if handler == nil {
		return model.Answer{}, model.NotImplemented(service.Name, operation.Name,
			"portico check --apis lists what is")
	}
	in, err := service.Input(operation, r.Request, params, body)
	if err != nil {
		return model.Answer{}, err
	}
	out, err := handler(ctx, model.Call{
		Account: d.options.Account.ID, Region: signed.region, AccessKeyID: signed.accessKeyID, Input: in,
		RequestID: r.id,
	})
	if err != nil {
		return model.Answer{}, err
	}
	return service.Output(operation, out, r.id), nil
}

// find says which operation a request is, and what its path says.
func (s *spoken) find(r *http.Request, body []byte) (*model.Operation, map[string]string) {
	switch s.Protocol {
	case model.RESTJSON:
		return s.Match(r)
	case model.CBOR:
		return s.Operations[s.CBORName(r)], nil
	case model.JSON:
		name, ok := strings.CutPrefix(r.Header.Get("X-Amz-Target"), s.Target+".")
		if !ok {
			return nil, nil
		}
		return s.Operations[name], nil
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, nil
	}
	action := form.Get("Action")
	if action == "" {
		action = r.URL.Query().Get("Action")
	}
	return s.Operations[action], nil
}

// Line says whether an operation of a served service is implemented.
type Line struct {
	Service     string `json:"service"`
	Operation   string `json:"operation"`
	Implemented bool   `json:"implemented"`
}

// Coverage lists the operations of every served service, by service and name.
func Coverage() ([]Line, error) {
	var lines []Line
	handlers := map[string]model.Handlers{}
	for _, service := range openers() {
		handlers[service.name] = service.closed.Handlers()
	}
	titles, err := model.Titles()
	if err != nil {
		return nil, err
	}
	for _, title := range titles {
		service, err := model.Load(title.Name)
		if err != nil {
			return nil, err
		}
		for operation := range service.Operations {
			_, implemented := handlers[title.Name][operation]
			lines = append(lines, Line{title.Name, operation, implemented})
		}
	}
	slices.SortFunc(lines, func(a, b Line) int {
		return strings.Compare(a.Service+" "+a.Operation, b.Service+" "+b.Operation)
	})
	return lines, nil
}
