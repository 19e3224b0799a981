package main

import (
	"net/http"

	"portico/shared/names"
	"portico/shared/proxy"
)

// routes is everything this function serves. The partner API's /v1 has been cut off before.
func (h *handler) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /orders", h.route(names.ScopeWrite, h.create))
	mux.Handle("GET /orders", h.route(names.ScopeRead, h.list))
	mux.Handle("GET /orders/{id}", h.route(names.ScopeRead, h.get))
	mux.Handle("PATCH /orders/{id}", h.route(names.ScopeWrite, h.update))
	mux.Handle("GET /admin/orders", h.admin(h.listAny))
	mux.Handle("GET /health", h.open(h.health))
	mux.Handle("/", h.open(h.unknown))
	return mux
}

// action answers a call, or says what is wrong with it; any error but a *problem is a failure.
type action func(w http.ResponseWriter, r *http.Request, c caller) error

// route asks for a caller with a scope. The gateway asks too: a route that lost its authorizer
// must not open the orders to everybody.
func (h *handler) route(scope string, do action) http.Handler {
	return h.answer(func(w http.ResponseWriter, r *http.Request, c caller) error {
		if c.customer == "" {
			return forbidden("The call names no customer: its token has neither the claim" +
				" customer nor sub.")
		}
		if !c.has(scope) {
			return forbidden("The token lacks the scope " + scope + ".")
		}
		return do(w, r, c)
	})
}

// admin asks for a caller that API Gateway knows by IAM.
func (h *handler) admin(do action) http.Handler {
	return h.answer(func(w http.ResponseWriter, r *http.Request, c caller) error {
		if c.userARN == "" {
			return forbidden("Only IAM callers may administer orders.")
		}
		return do(w, r, c)
	})
}

// open asks for nobody.
func (h *handler) open(do action) http.Handler { return h.answer(do) }

// answer runs an action, turns what it returns into a problem and logs the call, once.
func (h *handler) answer(do action) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := h.now()
		origin := proxy.From(r.Context())
		status := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		err := do(status, r, callerOf(origin))
		if err != nil {
			asProblem(err).write(status, origin.RequestID)
		}
		log := h.log.With(
			"apiRequestId", origin.RequestID, "method", r.Method, "path", r.URL.Path,
			"route", r.Pattern, "status", status.status,
			"milliseconds", h.now().Sub(start).Milliseconds(),
		)
		switch {
		case status.status >= http.StatusInternalServerError:
			log.ErrorContext(r.Context(), "failed", "error", err)
		case err != nil:
			log.InfoContext(r.Context(), "refused", "reason", err.Error())
		default:
			log.InfoContext(r.Context(), "answered")
		}
	})
}

// statusWriter remembers the status for the log.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader passes the status on.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}
