package executeapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

// Limits on a client that takes its time.
const (
	headWithin = 30 * time.Second
	bodyWithin = 60 * time.Second
	idleFor    = 350 * time.Second // how long AWS keeps an idle connection
)

// API answers the calls of one API.
type API interface {
	Serve(ctx context.Context, r *exchange.Request) *exchange.Reply
}

// Upgrader is an API that takes a connection over: a WebSocket API.
type Upgrader interface {
	Upgrade(w http.ResponseWriter, r *http.Request, call *exchange.Request)
}

// Mount is an API and where it listens.
type Mount struct {
	ID   string
	Name string // for messages; the id when empty
	API  API
	Port int // a port of its own; 0 takes any free one
}

// Options say where to listen.
type Options struct {
	Host  string       // "127.0.0.1" when empty
	Port  int          // of the main address; 0 takes any free one
	Clock clock.Clock  // stamps the arrival of calls
	Log   *slog.Logger // failures of the edge itself
	Other http.Handler // the main address for everything that is not a call of an API; may be nil
	// Observer is told of the calls of custom domain names that reach no API; nil tells nobody.
	Observer exchange.Observer
}

// Server listens for the calls of all APIs.
type Server struct {
	options  Options
	deployed atomic.Pointer[deployment] // swapped whole by Replace

	main    *edge
	ports   map[string]*edge // by API id
	serving sync.WaitGroup   // one goroutine for each edge

	mu      sync.Mutex // guards what follows
	secure  *edge      // a second main address, for calls with TLS; nil before ListenTLS
	started bool       // and what is bound from then on is served at once
	closed  bool       // and nothing is bound any more
}

// deployment is what is served.
type deployment struct {
	apis    map[string]API // by id
	domains domains
}

// edge is one listening address.
type edge struct {
	listener net.Listener
	server   *http.Server
}

// Listen binds every address, without serving yet. A port in use is an error that names it.
func Listen(o Options, mounts []Mount) (*Server, error) {
	if o.Host == "" {
		o.Host = "127.0.0.1"
	}
	s := &Server{options: o, ports: map[string]*edge{}}
	s.Replace(mounts)
	var err error
	if s.main, err = s.bind(o.Port, s.serveMain); err != nil {
		return nil, err
	}
	for _, m := range mounts {
		e, err := s.bind(m.Port, s.only(m.ID))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("API %s: %w", cmp.Or(m.Name, m.ID), err), s.closeListeners())
		}
		s.ports[m.ID] = e
	}
	return s, nil
}

func (s *Server) bind(port int, handler func(http.ResponseWriter, arrival)) (*edge, error) {
	if port < 0 || port > 65535 {
		return nil, fmt.Errorf("there is no port %d; allowed are 1 to 65535, and 0 for any free one", port)
	}
	address := net.JoinHostPort(s.options.Host, strconv.Itoa(port))
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening on %s (is another program using the port?): %w", address, err)
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{
		Handler:           s.recovering(handler),
		Protocols:         protocols,
		MaxHeaderBytes:    maxHead,
		ReadHeaderTimeout: headWithin,
		IdleTimeout:       idleFor,
		ErrorLog:          slog.NewLogLogger(s.options.Log.Handler(), slog.LevelDebug),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, connKey{}, c)
		},
	}
	plain := headListener{listener, func() {
		s.options.Log.Warn("a client speaks TLS where none is spoken: it must say http://", "address",
			listener.Addr().String())
	}}
	return &edge{listener: plain, server: server}, nil
}

// connKey finds the connection of a request in its context.
type connKey struct{}

// Replace puts other APIs in the place of those served so far; calls in flight finish on the old.
// An API keeps its port; one that had none is reached on the main address alone, and by the domains
// that lead to it.
func (s *Server) Replace(mounts []Mount, domains ...*Domain) {
	apis := make(map[string]API, len(mounts))
	for _, m := range mounts {
		apis[m.ID] = m.API
	}
	s.deployed.Store(&deployment{apis: apis, domains: newDomains(domains)})
}

// Start serves every address until Close.
func (s *Server) Start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.started = true
	for _, e := range s.edges() {
		s.serve(e)
	}
}

// serve serves one address; the caller holds mu.
func (s *Server) serve(e *edge) {
	s.serving.Go(func() {
		if err := e.server.Serve(e.listener); !errors.Is(err, http.ErrServerClosed) {
			s.options.Log.Error("stopped listening", "address", e.listener.Addr(), "error", err)
		}
	})
}

// Close stops listening and waits for the calls in flight until ctx ends, then cuts them.
func (s *Server) Close(ctx context.Context) error {
	var closing sync.WaitGroup
	s.mu.Lock()
	s.closed = true
	edges, started := s.edges(), s.started
	s.mu.Unlock()
	if !started {
		return s.closeListeners() // which nothing else knows yet
	}
	errs := make([]error, len(edges))
	for i, e := range edges {
		closing.Go(func() {
			if err := e.server.Shutdown(ctx); err != nil {
				errs[i] = e.server.Close()
			}
		})
	}
	closing.Wait()
	s.serving.Wait()
	return errors.Join(errs...)
}

// URL returns the main address: http://localhost:3000.
func (s *Server) URL() string { return s.main.url() }

// TLSURL returns the main address for TLS: https://localhost:3443; "" when there is none.
func (s *Server) TLSURL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.secure == nil {
		return ""
	}
	return strings.Replace(s.secure.url(), "http://", "https://", 1)
}

// APIURL returns the address of an API's own port.
func (s *Server) APIURL(id string) (string, bool) {
	e, ok := s.ports[id]
	if !ok {
		return "", false
	}
	return e.url(), true
}

func (e *edge) url() string {
	return "http://localhost:" + strconv.Itoa(e.listener.Addr().(*net.TCPAddr).Port)
}

// edges returns every address. The caller holds mu, but where nobody else has the server yet.
func (s *Server) edges() []*edge {
	edges := make([]*edge, 0, len(s.ports)+2)
	if s.main != nil {
		edges = append(edges, s.main)
	}
	if s.secure != nil {
		edges = append(edges, s.secure)
	}
	for _, e := range s.ports {
		edges = append(edges, e)
	}
	return edges
}

func (s *Server) closeListeners() error {
	var errs []error
	for _, e := range s.edges() {
		errs = append(errs, e.listener.Close())
	}
	return errors.Join(errs...)
}

// api returns the API of that id.
func (s *Server) api(id string) (API, bool) {
	api, ok := s.deployed.Load().apis[id]
	return api, ok
}
