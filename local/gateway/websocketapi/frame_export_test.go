package websocketapi

import "net"

// ServeSocket opens a connection on a socket that is past its upgrade, and says when it has ended.
func ServeSocket(a *API, socket net.Conn) (ended <-chan struct{}) {
	c := &connection{
		hub: a.hub, socket: socket, id: "AAAA", stage: "dev", connectedAt: a.deps.Clock.Now(),
		slots: make(chan struct{}, concurrency),
	}
	c.open([]byte("HTTP/1.1 101 Switching Protocols\r\n\r\n"), nil)
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.hub.running.Wait()
	}()
	return done
}
