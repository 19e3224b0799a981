package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"portico/local/runner"
)

type trustCommand struct {
	JSON bool `help:"Print the path alone, as JSON."`
}

// Help is printed by portico trust --help.
func (trustCommand) Help() string {
	return `Custom domain names are served with TLS. Their certificates come from an authority in the app's
state folder, made on first use, that can vouch for the domains of this app and for localhost,
and for nothing else. This prints its path, and how to trust it; nothing is installed.

Examples:
  portico trust
  curl --cacert .portico/authority/authority.pem https://api.example.com.localhost:3443/orders`
}

// trustText tells how to trust the authority; FILE is its path.
const trustText = `the certificate authority of this app: FILE

It vouches for the app's domains and for localhost alone. To trust it:

  one call        curl --cacert 'FILE' --resolve api.example.com:3443:127.0.0.1 \
                       https://api.example.com:3443/
  Node.js         NODE_EXTRA_CA_CERTS='FILE' node app.js
  Python          REQUESTS_CA_BUNDLE='FILE' python app.py
  Go              SSL_CERT_FILE='FILE' ./app        (Linux; it replaces the system's)
  Firefox         Settings > Privacy & Security > View Certificates > Authorities > Import
  Debian, Ubuntu  sudo cp 'FILE' /usr/local/share/ca-certificates/portico.crt
                  sudo update-ca-certificates
  Fedora, RHEL    sudo cp 'FILE' /etc/pki/ca-trust/source/anchors/portico.pem
                  sudo update-ca-trust
  Chrome (Linux)  certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n portico -i 'FILE'
  macOS           security add-trusted-cert -r trustRoot \
                       -k ~/Library/Keychains/login.keychain-db 'FILE'
  Windows         certutil -user -addstore Root "FILE"

Its key stays beside it, readable by you alone. To be rid of it, remove it where you added it, and
delete the folder.
`

// Run prints where the authority is and how to trust it.
func (c *trustCommand) Run(s *session) error {
	path, err := runner.AuthorityFile(s, s.options())
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.stdout).Encode(map[string]string{"certificate": path})
	}
	_, err = fmt.Fprint(s.stdout, strings.ReplaceAll(trustText, "FILE", path))
	return err
}
