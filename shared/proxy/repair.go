package proxy

import (
	"net/http"
)

// repair gives the handler the request headers as they came, and the response the rules of
// net/http: the first status counts, and an answer without one is 200.
func repair(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a, ok := r.Context().Value(arrivalKey{}).(arrival); ok {
			setHeader(r, a.header)
		}
		answer := &writer{ResponseWriter: w}
		next.ServeHTTP(answer, r)
		if !answer.begun {
			answer.WriteHeader(http.StatusOK)
		}
	})
}

func setHeader(r *http.Request, header map[string][]string) {
	for name, values := range header {
		key := http.CanonicalHeaderKey(name)
		if key == "Host" { // net/http keeps the host beside the headers
			if len(values) > 0 && values[0] != "" {
				r.Host = values[0]
			}
			continue
		}
		r.Header[key] = append(r.Header[key], values...)
	}
}

type writer struct {
	http.ResponseWriter
	begun bool
}

func (w *writer) WriteHeader(status int) {
	if w.begun {
		return
	}
	w.begun = true
	w.ResponseWriter.WriteHeader(status)
}

func (w *writer) Write(body []byte) (int, error) {
	w.begun = true
	return w.ResponseWriter.Write(body)
}
