package apigateway

import (
	"time"

	"portico/local/control/model"
)

// Certificate is a client certificate as the host made it.
type Certificate struct {
	PEM     string
	Expires time.Time
}

func unknownCertificate() error {
	return model.NotFound("Invalid Client Certificate ID specified")
}

func (c *call) certificate() (model.Object, error) {
	if found := c.world.Certificates[c.in.Text("clientCertificateId")]; found != nil {
		return found, nil
	}
	return nil, unknownCertificate()
}

func viewCertificate(certificate model.Object) model.Object {
	seen := certificate.Clone()
	if seen["tags"] == nil {
		seen["tags"] = model.Object{}
	}
	return seen
}

func getClientCertificate(c *call) (model.Object, error) {
	found, err := c.certificate()
	if err != nil {
		return nil, err
	}
	return viewCertificate(found), nil
}

func getClientCertificates(c *call) (model.Object, error) {
	page, err := c.page(c.world.Certificates, newest)
	if err != nil {
		return nil, err
	}
	return page, nil
}

func generateClientCertificate(c *call) (model.Object, error) {
	id := newID(6, c.world.Certificates)
	certificate, err := c.service.options.Host.Certificate(id)
	if err != nil {
		return nil, err
	}
	made := model.Object{
		"clientCertificateId": id, "pemEncodedCertificate": certificate.PEM,
		"createdDate": c.now.Unix(), "expirationDate": certificate.Expires.Unix(),
		"#sequence": c.next(),
	}
	made.PutText("description", c.in.Text("description"))
	if len(c.in.Object("tags")) > 0 {
		made.Take(c.in, "tags")
	}
	c.world.Certificates[id] = made
	return made, nil
}

func updateClientCertificate(c *call) (model.Object, error) {
	found, err := c.certificate()
	if err != nil {
		return nil, err
	}
	own := found.Clone()
	for _, p := range c.patches() {
		if err := p.oneOf("/description"); err != nil {
			return nil, err
		}
		setText(own, "description", p)
	}
	c.world.Certificates[own.Text("clientCertificateId")], c.shared = own, true
	return viewCertificate(own), nil
}

// deleteClientCertificate forgets a certificate that no stage presents.
func deleteClientCertificate(c *call) (model.Object, error) {
	found, err := c.certificate()
	if err != nil {
		return nil, err
	}
	id := found.Text("clientCertificateId")
	for apiID, a := range c.world.APIs {
		for name, stage := range a.Stages {
			if stage.Text("clientCertificateId") == id {
				return nil, model.BadRequest("Client certificate %s is in use by stage %s of REST API %s",
					id, name, apiID)
			}
		}
	}
	delete(c.world.Certificates, id)
	c.shared = true
	return nil, c.service.options.Host.ForgetCertificate(id)
}
