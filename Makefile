# One command each; the logic is in Go.
.DEFAULT_GOAL := help

GO_TEST := go test -count=1
OURS    := ./local/... ./functions/... ./shared/... ./events/...

help: ## print the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/\1\t\2/' | expand -t 12

run: node_modules build ## serve the app on this machine, from its synthesized template
	@./bin/portico start

test: node_modules build ## prove it: unit tests with the race detector, template assertions, scenarios
	go vet ./...
	$(GO_TEST) -race $(OURS)
	$(GO_TEST) ./infra/... ./test/...
	$(GO_TEST) ./test -run '^$$' -fuzz FuzzServing -fuzztime 10s

check: ## format, vet, staticcheck
	@test -z "$$(go run mvdan.cc/gofumpt@v0.12.0 -l $$(git ls-files '*.go'))" || \
		{ echo "not formatted: run make format"; exit 1; }
	go vet ./...
	go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...

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

synth: node_modules ## synthesize the templates into cdk.out, as cdk deploy would
	npx cdk synth --quiet

diff: node_modules ## compare the templates with what is deployed
	npx cdk diff

deploy: node_modules ## deploy every stack
	npx cdk deploy --all

build: ## build the command
	@go build -o bin/portico ./local

node_modules: package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch node_modules

.PHONY: help run test check format update corpora fuzz soak bench synth diff deploy build
