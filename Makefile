# One command each; the logic is in Go.
.DEFAULT_GOAL := help

GO_TEST := go test -count=1 -timeout 20m
OURS    := ./local/... ./functions/... ./shared/... ./events/...

# The environment that is synthesized, deployed and released, and how.
ENV   ?= dev
STEPS ?= 5,25,50,100
BAKE  ?= 5m
CDK   := npx cdk --context env=$(ENV)
STACK := portico-$(ENV)-partner

help: ## print the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 14

run: node_modules build ## serve the app on this machine, from its synthesized template
	@./bin/portico start

test: node_modules build ## prove it: unit tests with the race detector, template assertions, scenarios
	go vet ./...
	$(GO_TEST) -race $(OURS)
	$(GO_TEST) ./infra/... ./test/...
	$(GO_TEST) ./test -run '^$$' -fuzz FuzzServing -fuzztime 10s

check: ## format, vet, staticcheck, actionlint
	@test -z "$$(go run mvdan.cc/gofumpt@v0.12.0 -l $$(git ls-files '*.go'))" || \
		{ echo "not formatted: run make format"; exit 1; }
	go vet ./...
	go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...
	go run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12

format: ## format every Go file
	go run mvdan.cc/gofumpt@v0.12.0 -w $$(git ls-files '*.go')

update: build ## write goldens and expected answers anew; read the diff before you commit it
	./bin/portico replay --update

corpora: ## write the expected output of the VTL, JSONPath and regex corpora anew, by the Java oracles
	go test ./local/gateway/vtl ./local/gateway/jsonpath ./local/gateway/javaregex -run "Corpus" -update

fuzz: ## fuzz what parses and what listens, 60 s each
	@go run ./test/fuzz 60s

soak: ## open, use and lose WebSocket connections for SOAK (30m), and want nothing to grow
	go test ./test -run '^TestSoak$$' -count=1 -timeout 0 -v -soak $(or $(SOAK),30m)

bench: node_modules ## measure against the baselines, side by side
	go test ./test/bench -run '^$$' -bench . -benchtime 3s

synth: node_modules ## synthesize the templates of ENV into cdk.out, as cdk deploy would
	$(CDK) synth --quiet

lint: ## hold the templates in cdk.out against CloudFormation's schemas (cfn-lint)
	cfn-lint --ignore-checks W3005 -- cdk.out/*.template.json

nag: node_modules ## hold every environment against cdk-nag's rules AwsSolutions
	go test ./infra -count=1 -run '^TestAWSSolutionsRulesHold$$'

diff: node_modules ## compare the templates of ENV with what is deployed
	$(CDK) diff --method=template

deploy: node_modules ## deploy every stack of ENV; a pinned stage moves no call by it
	$(CDK) deploy --all --require-approval never

release: build ## release what was deployed to ENV: STEPS of the calls, each for BAKE
	./bin/portico release start --stack $(STACK) --steps $(STEPS) --bake $(BAKE)

canary-demo: ## show a promotion and an automatic rollback on a runner of its own, without a network
	@go run ./test/canarydemo

smoke: build ## ask STACKS ('portico-dev-*'), URL (public=https://...) or the runner what clients rely on
	./bin/portico smoke $(foreach url,$(URL),--url $(url)) $(if $(STACKS),--stage '$(STACKS)')

traffic: build ## ask STACKS or URL the same, again and again, while a release judges what nobody else calls
	@while ./bin/portico smoke $(foreach url,$(URL),--url $(url)) $(if $(STACKS),--stage '$(STACKS)') >/dev/null; \
		do sleep 1; done

drift: build ## say what was changed by hand, what is not deployed, and canaries left behind, in ENV
	./bin/portico drift --env $(ENV)

build: ## build the command
	@go build -o bin/portico ./local

node_modules: package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch node_modules

.PHONY: help run test check format update corpora fuzz soak bench synth lint nag diff deploy release \
	canary-demo smoke traffic drift build
