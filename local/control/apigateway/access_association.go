package apigateway

import (
	"strings"

	"portico/local/control/model"
)

func unknownAssociation() error {
	return model.NotFound("Invalid domain name access association identifier specified")
}

// createAccessAssociation ties an endpoint of a VPC to a private domain. Nothing reaches private
// domains here, so it is described and nothing more.
func createAccessAssociation(c *call) (model.Object, error) {
	arn, source := c.in.Text("domainNameArn"), c.in.Text("accessAssociationSource")
	domain := c.privateDomain(arn)
	switch {
	case domain == nil:
		return nil, unknownDomain()
	case !strings.HasPrefix(source, "vpce-"):
		return nil, model.BadRequest("Invalid VPC endpoint specified: %s", source)
	}
	for _, other := range c.world.Associations {
		if other.Text("domainNameArn") == arn && other.Text("accessAssociationSource") == source {
			return nil, model.Conflict("The domain name access association already exists")
		}
	}
	made := model.Object{
		"domainNameAccessAssociationArn": c.account.ARN("apigateway",
			"/domainnameaccessassociations/domainname/"+domain.Text("domainName")+"/vpcesource/"+source),
	}
	made.Take(c.in, "domainNameArn", "accessAssociationSource", "accessAssociationSourceType")
	if len(c.in.Object("tags")) > 0 {
		made.Take(c.in, "tags")
	}
	c.world.Associations[made.Text("domainNameAccessAssociationArn")], c.shared = made, true
	return made, nil
}

func (c *call) privateDomain(arn string) model.Object {
	for _, domain := range c.world.Domains {
		if isPrivate(domain) && domain.Text("domainNameArn") == arn {
			return domain
		}
	}
	return nil
}

func getAccessAssociations(c *call) (model.Object, error) {
	if c.in.Text("resourceOwner") == "OTHER_ACCOUNTS" {
		return c.page(nil, byID)
	}
	return c.page(c.world.Associations, byID)
}

func deleteAccessAssociation(c *call) (model.Object, error) {
	arn := c.in.Text("domainNameAccessAssociationArn")
	if c.world.Associations[arn] == nil {
		return nil, unknownAssociation()
	}
	delete(c.world.Associations, arn)
	c.shared = true
	return nil, nil
}

// rejectAccessAssociation is what the owner of the domain does with an association of another
// account; here there is one account.
func rejectAccessAssociation(c *call) (model.Object, error) {
	found := c.world.Associations[c.in.Text("domainNameAccessAssociationArn")]
	if found == nil || found.Text("domainNameArn") != c.in.Text("domainNameArn") {
		return nil, unknownAssociation()
	}
	return deleteAccessAssociation(c)
}
