package identity

import (
	"html/template"
	"net/http"
	"net/url"
)

// overviewView is what the page of a pool shows.
type overviewView struct {
	Title, Domain, Discovery string
	Style                    template.CSS
	Clients                  []clientView
}

type clientView struct {
	Client
	Links []link
}

// link leads to the sign-in page, and from there to a client.
type link struct{ URL, To string }

// overview says which app clients a pool has, and links to where people sign in to them.
func (p *Provider) overview(w http.ResponseWriter, r *http.Request, pool *pool) {
	base := basePath(r, pool.ID)
	view := overviewView{
		Title: "User pool " + pool.Name, Domain: pool.Domain, Style: style,
		Discovery: base + "/.well-known/openid-configuration",
	}
	for _, client := range pool.Clients {
		shown := clientView{Client: client}
		for _, callback := range client.CallbackURLs {
			if client.allows(FlowCode) {
				shown.Links = append(shown.Links, client.link(base, "code", callback))
			}
			if client.allows(FlowImplicit) {
				shown.Links = append(shown.Links, client.link(base, "token", callback))
			}
		}
		view.Clients = append(view.Clients, shown)
	}
	writePage(w, http.StatusOK, overviewPage, "", view)
}

func (c Client) link(base, responseType, callback string) link {
	query := url.Values{
		"client_id": {c.ID}, "response_type": {responseType}, "redirect_uri": {callback},
	}
	return link{
		URL: base + "/oauth2/authorize?" + query.Encode(), To: callback + " with a " + responseType,
	}
}
