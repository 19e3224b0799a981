package test

import "testing"

// TestClientsManagePeopleAndWebACLs runs AWS's own clients, which make users, roles and web ACLs and
// see them in effect.
func TestClientsManagePeopleAndWebACLs(t *testing.T) { runClients(t, "people", onTemplate) }
