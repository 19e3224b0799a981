package smoke

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// Answer is what came back.
type Answer struct {
	Status   int         `json:"status"`
	Header   http.Header `json:"headers"`
	Body     string      `json:"body"`
	Messages []Reply     `json:"messages,omitempty"`
	// Failure says what kept the call from being answered.
	Failure string `json:"failure,omitempty"`
}

// Reply is what followed a message.
type Reply struct {
	Text    string `json:"text,omitempty"`
	Closed  int    `json:"closed,omitempty"`
	Failure string `json:"failure,omitempty"`
}

const (
	// patience is how long a call may take: API Gateway's own limits are 29 and 30 seconds.
	patience = 40 * time.Second
	// hearing is how long the answer to a message may take.
	hearing = 10 * time.Second
	// maxBody is how much of a body is read: no API answers more.
	maxBody = 10 << 20
)

// UnreachableError says that nobody answers at an address.
type UnreachableError struct {
	URL string
	Err error
}

// Error says it.
func (e *UnreachableError) Error() string {
	return fmt.Sprintf("nobody answers at %s: %v", e.URL, e.Err)
}

// Unwrap returns the cause.
func (e *UnreachableError) Unwrap() error { return e.Err }

// asker makes calls.
type asker struct {
	client *http.Client
	// wait lets a throttle recover.
	wait func(context.Context, time.Duration)
}

// ask makes the call of a case. Its error is an *UnreachableError or of a case that cannot be asked;
// everything else is in the answer.
func (a *asker) ask(ctx context.Context, at string, c *Case) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if c.Connect != nil {
		return connect(ctx, a.client, at, c)
	}
	answer, err := a.send(ctx, at, c)
	unasked := answer.Status == http.StatusTooManyRequests && c.Expect.Status != answer.Status
	if err != nil || !unasked {
		return answer, err
	}
	// Others, or the cases before, have used the throttle up, which is not what is asked here.
	a.wait(ctx, retryAfter(answer.Header))
	return a.send(ctx, at, c)
}

// send sends a request, up to so many times as the case says.
func (a *asker) send(ctx context.Context, at string, c *Case) (Answer, error) {
	var answer Answer
	for range max(c.Times, 1) {
		request, err := newRequest(ctx, at, c.Request)
		if err != nil {
			return Answer{}, err
		}
		if answer, err = do(a.client, request); err != nil || answer.Status == c.Expect.Status {
			return answer, err
		}
	}
	return answer, nil
}

// maxWait is the longest that a throttle is waited for: those of API Gateway recover by the second.
const maxWait = 5 * time.Second

// retryAfter returns when a throttled client may come again.
func retryAfter(header http.Header) time.Duration {
	seconds, err := strconv.Atoi(header.Get("Retry-After"))
	if err != nil || seconds < 1 {
		return time.Second
	}
	return min(time.Duration(seconds)*time.Second, maxWait)
}

// pause waits.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// address puts the path and query of a request behind the address of an API.
func address(at string, r *Request) (string, error) {
	parsed, err := url.Parse(strings.TrimSuffix(at, "/") + r.Path)
	if err != nil {
		return "", fmt.Errorf("the address %s%s: %w", at, r.Path, err)
	}
	query := parsed.Query()
	for name, value := range r.Query {
		query.Set(name, value)
	}
	if len(r.Query) > 0 {
		parsed.RawQuery = query.Encode()
	}
	return parsed.String(), nil
}

// body returns what is sent, and its content type.
func (r *Request) body() (text, kind string, err error) {
	switch {
	case r.JSON != nil:
		encoded, err := json.Marshal(r.JSON)
		return string(encoded), "application/json", err
	case r.Fill > 0:
		return strings.Repeat("x", r.Fill), "text/plain", nil
	case r.Body != "":
		return r.Body, "application/json", nil
	}
	return "", "", nil
}

func newRequest(ctx context.Context, at string, r *Request) (*http.Request, error) {
	whole, err := address(at, r)
	if err != nil {
		return nil, err
	}
	text, kind, err := r.body()
	if err != nil {
		return nil, err
	}
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	request, err := http.NewRequestWithContext(ctx, method, whole, strings.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, whole, err)
	}
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	for name, value := range r.Headers {
		request.Header.Set(name, value)
	}
	return request, nil
}

func do(client *http.Client, request *http.Request) (Answer, error) {
	response, err := client.Do(request)
	if err != nil {
		return failed(request.URL, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	answer := Answer{Status: response.StatusCode, Header: response.Header, Body: string(text)}
	if err != nil {
		answer.Failure = "the body breaks off: " + err.Error()
	}
	return answer, nil
}

// failed tells an address where nobody answers from an answer that did not come.
func failed(at *url.URL, err error) (Answer, error) {
	var dial *net.OpError
	var lookup *net.DNSError
	if errors.As(err, &dial) && dial.Op == "dial" || errors.As(err, &lookup) {
		base := url.URL{Scheme: at.Scheme, Host: at.Host}
		var cause *url.Error
		if errors.As(err, &cause) {
			err = cause.Err
		}
		return Answer{}, &UnreachableError{URL: base.String(), Err: err}
	}
	return Answer{Failure: "no answer: " + err.Error()}, nil
}

// connect opens a connection, sends the messages of a case one after the other, and closes it.
func connect(ctx context.Context, client *http.Client, at string, c *Case) (Answer, error) {
	whole, err := address(at, c.Connect)
	if err != nil {
		return Answer{}, err
	}
	header := http.Header{}
	for name, value := range c.Connect.Headers {
		header.Set(name, value)
	}
	plain := &http.Client{Transport: client.Transport} // its own time limit would end the connection
	conn, response, err := websocket.Dial(ctx, whole, &websocket.DialOptions{
		HTTPClient: plain, HTTPHeader: header,
	})
	if response == nil && err != nil {
		parsed, wrong := url.Parse(whole)
		if wrong != nil {
			return Answer{}, wrong
		}
		return failed(parsed, err)
	}
	answer := Answer{Status: response.StatusCode, Header: response.Header}
	if err != nil {
		text, _ := io.ReadAll(io.LimitReader(response.Body, maxBody)) // what there is of it
		answer.Body = string(text)
		return answer, nil
	}
	defer conn.CloseNow()
	conn.SetReadLimit(1 << 20)
	for i := range c.Messages {
		reply := exchange(ctx, conn, &c.Messages[i])
		answer.Messages = append(answer.Messages, reply)
		if reply.Closed != 0 || reply.Failure != "" {
			return answer, nil
		}
	}
	return answer, nil
}

// exchange sends a message, and waits for what is expected to follow.
func exchange(ctx context.Context, conn *websocket.Conn, m *Message) Reply {
	text, err := m.text()
	if err == nil {
		err = conn.Write(ctx, websocket.MessageText, []byte(text))
	}
	if err != nil && m.Closed == 0 {
		return Reply{Failure: "the message cannot be sent: " + err.Error()}
	}
	if m.Receive == nil && m.Closed == 0 {
		return Reply{}
	}
	ctx, cancel := context.WithTimeout(ctx, hearing)
	defer cancel()
	_, got, err := conn.Read(ctx)
	switch code := websocket.CloseStatus(err); {
	case err == nil:
		return Reply{Text: string(got)}
	case code >= 0:
		return Reply{Closed: int(code)}
	case ctx.Err() != nil:
		return Reply{Failure: fmt.Sprintf("nothing came within %s", hearing)}
	}
	return Reply{Failure: "the connection broke off: " + err.Error()}
}

// text returns what a message is sent as.
func (m *Message) text() (string, error) {
	if m.Fill > 0 {
		return strings.Repeat("x", m.Fill), nil
	}
	if text, ok := m.Send.(string); ok {
		return text, nil
	}
	encoded, err := json.Marshal(m.Send)
	return string(encoded), err
}
