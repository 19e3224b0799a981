package websocketapi_test

import (
	"io"
	"net"
	"testing"
	"time"

	"portico/local/gateway/clock"
	"portico/local/gateway/websocketapi"
)

// FuzzFrames writes bytes to an open connection and hangs up: whatever they are, the connection
// ends and what the gateway has sent are whole frames.
func FuzzFrames(f *testing.F) {
	for _, test := range dataFrames() {
		f.Add([]byte(test.write))
	}
	for _, test := range closes() {
		f.Add([]byte(test.write))
	}
	f.Fuzz(func(t *testing.T, written []byte) {
		server, client := net.Pipe()
		_ = client.SetDeadline(time.Now().Add(10 * time.Second)) // what hangs fails
		compiled, err := websocketapi.New(definition(), websocketapi.Dependencies{
			Clock: clock.NewManual(start), Invoker: forgetful{},
		})
		if err != nil {
			t.Fatal(err)
		}
		ended := websocketapi.ServeSocket(compiled, server)
		heard := make(chan []byte)
		go func() {
			answer, _ := io.ReadAll(client)
			heard <- answer
		}()
		_, _ = client.Write(written)
		_ = client.Close()
		<-ended
		<-heard
		compiled.Close(t.Context())
	})
}
