package executeapi

import (
	"net/http"
	"strings"

	"portico/local/gateway/exchange"
	"portico/local/gateway/mutualtls"
	"portico/local/gateway/pipeline"
)

// serveDomain serves a call by the custom domain name that its host is.
func (s *Server) serveDomain(w http.ResponseWriter, a arrival, d *Domain, name string) {
	if d.truststore != nil {
		certificate, reason := s.clientOf(a, d)
		if certificate == nil {
			s.refuseDomain(w, a, name, pipeline.Mark{Step: "verify client certificate", Reason: reason})
			return
		}
		a.client = certificate
	}
	path, _, _ := strings.Cut(originForm(a.RequestURI), "?")
	if path == "/ping" || path == "/sping" {
		// "Amazon API Gateway important notes": these paths are kept for health checks.
		writeReply(w, &exchange.Reply{
			Status: http.StatusOK, Header: exchange.Header{{Name: "Content-Type", Value: "text/plain"}},
			Body: []byte("healthy"),
		})
		return
	}
	a.head = a.header()
	id, to, ok := d.route(path, a.head)
	if !ok {
		s.refuseDomain(w, a, name, pipeline.Mark{
			Step:   "choose mapping",
			Reason: "no mapping and no routing rule of the domain " + d.name + " takes " + path,
		})
		return
	}
	to.Name = name
	a.domain = &to
	s.call(w, a, id, a.RequestURI)
}

// clientOf returns the client's certificate when the domain's truststore vouches for it, or why
// not. A connection that was made for another name counts when its certificate does.
func (s *Server) clientOf(a arrival, d *Domain) (*exchange.ClientCertificate, string) {
	conn := headConnOf(a.Request)
	if conn == nil || conn.tls == nil {
		return nil, "the domain wants mutual TLS, and the call came without TLS"
	}
	if known := conn.client.Load(); known != nil && known.by == d.truststore {
		return known.certificate, known.reason
	}
	judged := judgement{by: d.truststore}
	switch shown := conn.tls.ConnectionState().PeerCertificates; {
	case len(shown) == 0:
		judged.reason = "the domain wants mutual TLS, and the client showed no certificate"
	default:
		if err := d.truststore.Verify(shown[0], s.options.Clock.Now()); err != nil {
			judged.reason = "Access denied. Reason: " + err.Error()
			break
		}
		judged.certificate = mutualtls.Describe(shown[0])
	}
	conn.client.Store(&judged)
	return judged.certificate, judged.reason
}

// judgement is what a truststore says of the client of a connection.
type judgement struct {
	by          *mutualtls.Truststore
	certificate *exchange.ClientCertificate // nil when it is refused
	reason      string
}

// refuseDomain answers 403 before any API is found, and leaves a record of why.
func (s *Server) refuseDomain(w http.ResponseWriter, a arrival, name string, mark pipeline.Mark) {
	id := exchange.NewRequestID()
	if s.options.Observer != nil {
		now := s.options.Clock.Now()
		path, _, _ := strings.Cut(originForm(a.RequestURI), "?")
		mark.Verdict = pipeline.Refused
		s.options.Observer.Observe(&exchange.Record{
			RequestID: id, APIKind: "DOMAIN", APIName: name, Method: a.Method, Path: path,
			Status: http.StatusForbidden, Received: now, Marks: []pipeline.Mark{mark},
		})
	}
	reply := forbidden()
	reply.Header.Add("x-amzn-RequestId", id)
	writeReply(w, reply)
}

// forbidden is the answer where no API is found.
func forbidden() *exchange.Reply {
	return &exchange.Reply{
		Status: http.StatusForbidden,
		Header: exchange.Header{
			{Name: "Content-Type", Value: "application/json"},
			{Name: "x-amzn-ErrorType", Value: "ForbiddenException"},
		},
		Body: []byte(`{"message":"Forbidden"}`),
	}
}
