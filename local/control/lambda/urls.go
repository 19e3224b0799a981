package lambda

import (
	"crypto/rand"
	"slices"
	"strings"

	"portico/local/control/model"
)

// functionURL is the URL of a function or alias.
type functionURL struct {
	ID, AuthType, InvokeMode string // InvokeMode "" was not given: BUFFERED
	CORS                     model.Object
	Created, Modified        string
}

// urlFunction finds the function that a URL is of.
func (c *call) urlFunction() (*function, name, error) {
	n, err := c.named()
	if err != nil {
		return nil, n, err
	}
	f := c.lookUp(n.function)
	if f == nil {
		return nil, n, notFound("Function does not exist")
	}
	return f, n, nil
}

func createURL(c *call) (model.Object, error) {
	f, n, err := c.urlFunction()
	if err != nil {
		return nil, err
	}
	if f.templates {
		return nil, fromTemplate("function", n.function)
	}
	if n.qualifier != "" && f.Aliases[n.qualifier] == nil {
		return nil, notFound("Function does not exist")
	}
	if f.URLs[n.qualifier] != nil {
		return nil, conflict("Failed to create function url config for [functionArn = %s]. Error "+
			"message:  FunctionUrlConfig exists for this Lambda function", c.arnOf(n))
	}
	u := &functionURL{ID: newURLID(), Created: c.urlTime()}
	if err := u.apply(c); err != nil {
		return nil, err
	}
	f.URLs[n.qualifier] = u
	shown := c.shownURL(n, u)
	delete(shown, "LastModifiedTime")
	if u.InvokeMode == "" {
		delete(shown, "InvokeMode")
	}
	return shown, nil
}

// newURLID makes what the host of a URL begins with.
func newURLID() string {
	const length = 32
	text := strings.ToLower(rand.Text() + rand.Text())
	return text[:length]
}

func (c *call) urlTime() string { return c.now.UTC().Format("2006-01-02T15:04:05.000000000Z") }

// apply takes over what an input sets.
func (u *functionURL) apply(c *call) error {
	u.Modified = c.urlTime()
	if c.in.Has("AuthType") {
		u.AuthType = c.in.Text("AuthType")
	}
	if c.in.Has("InvokeMode") {
		u.InvokeMode = c.in.Text("InvokeMode")
	}
	if c.in.Has("Cors") {
		u.CORS = c.in.Object("Cors").Clone()
	}
	methods := []string{"GET", "PUT", "HEAD", "POST", "PATCH", "DELETE", "*"}
	for _, method := range u.CORS.Texts("AllowMethods") {
		if !slices.Contains(methods, method) {
			return invalid("The method %q of AllowMethods is none of %s.", method,
				strings.Join(methods, ", "))
		}
	}
	return nil
}

// url finds the URL that a call names.
func (c *call) url() (*function, *functionURL, name, error) {
	n, err := c.named()
	if err != nil {
		return nil, nil, n, err
	}
	f := c.lookUp(n.function)
	if f == nil || f.URLs[n.qualifier] == nil {
		return nil, nil, n, unknown()
	}
	return f, f.URLs[n.qualifier], n, nil
}

func getURL(c *call) (model.Object, error) {
	_, u, n, err := c.url()
	if err != nil {
		return nil, err
	}
	return c.shownURL(n, u), nil
}

func updateURL(c *call) (model.Object, error) {
	f, u, n, err := c.url()
	if err != nil {
		return nil, err
	}
	if f.templates {
		return nil, fromTemplate("function", n.function)
	}
	if err := u.apply(c); err != nil {
		return nil, err
	}
	return c.shownURL(n, u), nil
}

func deleteURL(c *call) (model.Object, error) {
	f, _, n, err := c.url()
	if err != nil {
		return nil, err
	}
	if f.templates {
		return nil, fromTemplate("function", n.function)
	}
	delete(f.URLs, n.qualifier)
	return model.Object{}, nil
}

func listURLs(c *call) (model.Object, error) {
	f, n, err := c.urlFunction()
	if err != nil {
		return nil, err
	}
	var items []item
	for _, qualifier := range sorted(f.URLs) {
		items = append(items, item{
			qualifier, c.shownURL(name{n.function, qualifier}, f.URLs[qualifier]),
		})
	}
	return c.page("FunctionUrlConfigs", items)
}

// shownURL shows a URL.
//
// Unlike AWS: by the address at which it can be called here.
func (c *call) shownURL(n name, u *functionURL) model.Object {
	scheme, host, _ := strings.Cut(c.service.options.Host.Address(), "://")
	shown := model.Object{
		"FunctionUrl": scheme + "://" + u.ID + ".lambda-url." + host + "/",
		"FunctionArn": c.arnOf(n), "AuthType": u.AuthType, "InvokeMode": u.mode(),
		"CreationTime": u.Created, "LastModifiedTime": u.Modified,
	}
	if u.CORS != nil {
		shown["Cors"] = u.CORS.Clone()
	}
	return shown
}
