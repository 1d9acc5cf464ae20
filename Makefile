# `make` alone lists what there is. MVN and DEMO can be given: make it MVN="mvn -o"

MVN ?= mvn

# Runs the sample with an embedded broker.
DEMO ?= $(MVN) -ntp -Pdemo -pl samples/order-points -am -DskipTests verify

.DEFAULT_GOAL := help

.PHONY: help format build test it faults demo clean

help: ## lists the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-8s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

format: ## formats the code
	$(MVN) spring-javaformat:apply

build: ## compiles and packages, without tests
	$(MVN) -DskipTests package

test: ## unit tests
	$(MVN) test

it: ## unit and integration tests, all gates
	$(MVN) -ntp verify

faults: ## the tests that take long
	$(MVN) -ntp -Pfaults verify

demo: ## runs the sample
	$(DEMO)

clean: ## removes what was built
	$(MVN) clean
