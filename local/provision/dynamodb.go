package provision

import (
	"encoding/json"

	"portico/local/cloudformation/coverage"
	"portico/local/services"
)

const (
	typeTable       = "AWS::DynamoDB::Table"
	typeGlobalTable = "AWS::DynamoDB::GlobalTable"
)

// dynamoDBCoverage declares tables.
func dynamoDBCoverage() coverage.Table {
	keys := []string{
		"TableName", "BillingMode",
		"AttributeDefinitions[].AttributeName", "AttributeDefinitions[].AttributeType",
		"KeySchema[].AttributeName", "KeySchema[].KeyType",
	}
	for _, indexes := range []string{"GlobalSecondaryIndexes[].", "LocalSecondaryIndexes[]."} {
		keys = append(keys, indexes+"IndexName",
			indexes+"KeySchema[].AttributeName", indexes+"KeySchema[].KeyType",
			indexes+"Projection.ProjectionType", indexes+"Projection.NonKeyAttributes[]")
	}
	common := rules(
		honoured(keys...),
		refused("streams of tables are not kept", "StreamSpecification.**"),
		irrelevant("AWS deletes items up to days late; here they stay until they are deleted",
			"TimeToLiveSpecification.**"),
		irrelevant(noEncryption, "SSESpecification.**"),
	)
	const capacity = "the capacity of tables is not limited here"
	kept := []string{
		"PointInTimeRecoverySpecification.**", "DeletionProtectionEnabled", "Tags.**",
		"ContributorInsightsSpecification.**", "ResourcePolicy.**",
		"KinesisStreamSpecification.**", "TableClass",
	}
	const companion = "it changes no answer of the table"
	return coverage.Table{
		typeTable: rules(common,
			honoured("ProvisionedThroughput.ReadCapacityUnits",
				"ProvisionedThroughput.WriteCapacityUnits",
				"GlobalSecondaryIndexes[].ProvisionedThroughput.ReadCapacityUnits",
				"GlobalSecondaryIndexes[].ProvisionedThroughput.WriteCapacityUnits"),
			irrelevant(capacity, "OnDemandThroughput.**", "WarmThroughput.**",
				"GlobalSecondaryIndexes[].OnDemandThroughput.**",
				"GlobalSecondaryIndexes[].WarmThroughput.**"),
			refused("tables are created empty", "ImportSourceSpecification.**"),
			irrelevant(noCloudWatch, "GlobalSecondaryIndexes[].ContributorInsightsSpecification.**"),
			irrelevant(companion, kept...),
		),
		typeGlobalTable: rules(common,
			irrelevant(capacity, "WriteProvisionedThroughputSettings.**",
				"ReadProvisionedThroughputSettings.**", "WriteOnDemandThroughputSettings.**",
				"ReadOnDemandThroughputSettings.**", "WarmThroughput.**",
				"GlobalSecondaryIndexes[].WriteProvisionedThroughputSettings.**",
				"GlobalSecondaryIndexes[].ReadProvisionedThroughputSettings.**",
				"GlobalSecondaryIndexes[].WriteOnDemandThroughputSettings.**",
				"GlobalSecondaryIndexes[].ReadOnDemandThroughputSettings.**",
				"GlobalSecondaryIndexes[].WarmThroughput.**"),
			irrelevant("one table stands for all of its replicas", "Replicas.**",
				"MultiRegionConsistency", "GlobalTableWitnesses.**",
				"GlobalTableSettingsReplicationMode", "GlobalTableSourceArn"),
		),
	}
}

// tables reads every DynamoDB table as the input of CreateTable.
func (r *reader) tables() []services.Table {
	var tables []services.Table
	for _, resource := range r.assembly.ByType(typeTable, typeGlobalTable) {
		p := r.properties(resource)
		p.require("KeySchema")
		p.require("AttributeDefinitions")
		input, err := json.Marshal(createTable(p))
		if err != nil {
			p.fail("KeySchema", "the table cannot be written as a CreateTable call: %v", err)
			continue
		}
		tables = append(tables, services.Table{
			Name:      resource.PhysicalID,
			ARN:       r.attribute(resource, "Arn"),
			LogicalID: resource.LogicalID,
			Input:     input,
		})
	}
	return tables
}

// createTable returns what CreateTable takes of a table's properties, with numbers as numbers. A
// table that is paid per request takes no throughput, and neither do its indexes.
func createTable(p properties) map[string]any {
	defined := definedAttributes(p)
	input := map[string]any{
		"TableName":            p.resource.PhysicalID,
		"BillingMode":          p.choice("BillingMode", "PROVISIONED", "PAY_PER_REQUEST"),
		"KeySchema":            keySchema(p, defined),
		"AttributeDefinitions": p.list("AttributeDefinitions"),
	}
	provisioned := input["BillingMode"] == "PROVISIONED"
	if provisioned {
		input["ProvisionedThroughput"] = throughput(p)
	}
	for _, name := range []string{"GlobalSecondaryIndexes", "LocalSecondaryIndexes"} {
		var indexes []any
		for _, item := range p.objects(name) {
			index := map[string]any{
				"IndexName":  item.requiredText("IndexName"),
				"KeySchema":  keySchema(item, defined),
				"Projection": item.values["Projection"],
			}
			item.require("Projection")
			if provisioned && name == "GlobalSecondaryIndexes" {
				index["ProvisionedThroughput"] = throughput(item)
			}
			indexes = append(indexes, index)
		}
		if len(indexes) > 0 {
			input[name] = indexes
		}
	}
	return input
}

func definedAttributes(p properties) map[string]bool {
	defined := map[string]bool{}
	for _, item := range p.objects("AttributeDefinitions") {
		item.require("AttributeType")
		item.choice("AttributeType", "S", "N", "B")
		defined[item.requiredText("AttributeName")] = true
	}
	return defined
}

// keySchema returns the keys of a table or index, each of which must be a defined attribute.
func keySchema(p properties, defined map[string]bool) []any {
	p.require("KeySchema")
	for _, item := range p.objects("KeySchema") {
		lookUp(item, "AttributeName", "attribute definition", defined)
		item.require("KeyType")
		item.choice("KeyType", "HASH", "RANGE")
	}
	return p.list("KeySchema")
}

// throughput returns the capacity of a table or index. A global table's, which scales by itself,
// starts at 5 as DynamoDB's own default does in the console.
func throughput(p properties) map[string]any {
	const start = 5
	given, ok := p.object("ProvisionedThroughput")
	if !ok && p.resource.Type == typeTable {
		p.fail("ProvisionedThroughput", "BillingMode PROVISIONED needs it")
	}
	return map[string]any{
		"ReadCapacityUnits":  given.integerIn("ReadCapacityUnits", start, 1, maxCapacity),
		"WriteCapacityUnits": given.integerIn("WriteCapacityUnits", start, 1, maxCapacity),
	}
}

const maxCapacity = 1 << 40
