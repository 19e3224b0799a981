package runner

import (
	"fmt"
	"io"
	"strings"

	"portico/local/identity"
)

// writeSignIn prints where people sign in to the user pools of the template, and with what their
// app clients identify themselves: AWS would show them in its console.
func (r *Runner) writeSignIn(w io.Writer) {
	for _, pool := range r.App().UserPools {
		if pool.Domain == "" {
			continue
		}
		for _, client := range pool.Clients {
			writeClient(w, pool, client)
		}
		fmt.Fprintf(w, "user pool %s: %s%s/%s\n", pool.Name, r.URL(), cognitoPath, pool.ID)
	}
}

func writeClient(w io.Writer, pool identity.UserPool, client identity.Client) {
	if !client.OAuth {
		return
	}
	fmt.Fprintf(w, "app client %s (user pool %s, %s): %s", client.Name, pool.Name,
		strings.Join(client.Flows, ", "), client.ID)
	if client.Secret != "" {
		fmt.Fprintf(w, " with the secret %s", client.Secret)
	}
	fmt.Fprintln(w)
}
