// Package cost estimates what an application costs on AWS in a month.
//
// It stands outside the way of a call. Infrastructure is what the templates would create, as far as
// it is priced; Traffic is what clients do in a month: recorded, given, or assumed, and every
// assumption is printed. Estimates multiply the two with one dated table of prices (prices.go), of
// us-east-1 and in US dollars. Free tiers, discounts, taxes and support are not taken into account,
// and what is in the templates but has no price here is listed as not counted.
//
// It asks nobody: neither AWS nor a runner.
package cost
