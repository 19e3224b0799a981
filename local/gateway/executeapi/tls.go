package executeapi

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// TLS says where the server listens for TLS, and with whose certificates.
type TLS struct {
	Port int // 0 takes any free one
	// Certificate returns the certificate of a name that clients ask for, "localhost" when they ask
	// for none.
	Certificate func(name string) (*tls.Certificate, error)
}

// tlsListener hands out connections that speak TLS and remember the heads of requests. What
// net/http reads from them is plain: it finds HTTP/2 by its preface, which clients send once they
// have agreed on it in the handshake. The handshake is made by the first read.
type tlsListener struct {
	net.Listener
	config *tls.Config
}

// Accept returns the next connection, wrapped.
func (l tlsListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	secured := tls.Server(conn, l.config)
	return &headConn{Conn: secured, tls: secured}, nil
}

// lingering is how long a client whose handshake failed has to read why.
const lingering = 2 * time.Second

// linger waits for the client to leave when the handshake has failed. It may have sent more than was
// read, and closing at once would then take the alert away from it.
func (c *headConn) linger() {
	raw, ok := c.tls.NetConn().(*net.TCPConn)
	if !ok || c.tls.ConnectionState().HandshakeComplete {
		return
	}
	// What fails here has failed already.
	_ = raw.CloseWrite()
	_ = raw.SetReadDeadline(time.Now().Add(lingering))
	_, _ = io.Copy(io.Discard, io.LimitReader(raw, maxHead))
}

// ListenTLS binds the main address for TLS, unless it is bound already; a server that was started
// serves it at once. A port in use is an error that names it.
func (s *Server) ListenTLS(o TLS) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.secure != nil:
		return nil
	case s.closed:
		return http.ErrServerClosed
	}
	e, err := s.bind(o.Port, s.serveMain)
	if err != nil {
		return fmt.Errorf("TLS: %w", err)
	}
	inner := e.listener.(headListener).Listener
	e.listener = tlsListener{Listener: inner, config: s.tlsConfig(o)}
	s.secure = e
	if s.started {
		s.serve(e)
	}
	return nil
}

// tlsConfig is asked for every handshake, so that a reload counts from the next one.
func (s *Server) tlsConfig(o TLS) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: protocols(),
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			return s.configFor(hello.ServerName, o), nil
		},
	}
}

// configFor is the configuration for the name that a client asks for. One that is not served here
// gets no certificate: the handshake ends with the alert unrecognized_name, where on AWS the name
// would not resolve.
func (s *Server) configFor(name string, o TLS) *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: protocols()}
	domain, _ := s.deployed.Load().domains.find(name)
	switch {
	case domain != nil:
		config.MinVersion, config.CipherSuites = domain.policy.oldest, domain.policy.suites
		if domain.truststore != nil {
			// Any certificate: AWS answers 403 to one that is not trusted, and only ends the handshake
			// without one.
			config.ClientAuth = tls.RequireAnyClientCert
		}
	case !isLocal(name):
		return config
	}
	config.GetCertificate = func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		if hello.ServerName == "" {
			return o.Certificate("localhost")
		}
		return o.Certificate(strings.ToLower(hello.ServerName))
	}
	return config
}

func protocols() []string { return []string{"h2", "http/1.1"} }

// isLocal says whether a name can be none but this machine's. Clients send no address as a name.
func isLocal(name string) bool {
	name = strings.ToLower(name)
	return name == "" || name == "localhost" || strings.HasSuffix(name, ".localhost")
}

// tlsVersion is how AWS writes the version in $context.tlsVersion.
func tlsVersion(version uint16) string {
	return strings.Replace(tls.VersionName(version), "TLS ", "TLSv", 1)
}

// cipherSuite is how AWS writes the suite in $context.cipherSuite: as OpenSSL does.
func cipherSuite(id uint16) string {
	name := tls.CipherSuiteName(id)
	if !strings.Contains(name, "_WITH_") {
		return name // of TLS 1.3
	}
	return strings.NewReplacer("TLS_", "", "_WITH_", "-", "AES_", "AES", "CBC_", "",
		"POLY1305_SHA256", "POLY1305", "_", "-").Replace(name)
}
