# A thin front for people; the build itself is Meson's (meson.build).
BUILD ?= build

.PHONY: demo build check check-long bench bench-long bench-peers bench-search bench-search-long fuzz dist format install-deps install-check clean

demo: build
	$(BUILD)/yimen --data demo demo

build: install-deps
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD) >$(BUILD).log || { cat $(BUILD).log; exit 1; }
	@rm -f $(BUILD).log
	ninja -C $(BUILD) src/yimen
	@ln -sfn src/yimen $(BUILD)/yimen

install-check:
	@tools/install-deps check

install-deps:
	@tools/install-deps

check: install-check build
	tools/check

check-long: install-check build
	tools/check-long

bench: build
	tools/bench

bench-long: build
	tools/bench long

bench-peers: build
	tools/bench peers

bench-search: build
	tools/bench search
	tools/bench ask
	tools/bench triage

bench-search-long: build
	tools/bench search long

fuzz: install-check
	tools/fuzz

dist: build
	tools/dist

format:
	git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format-14 -i

clean:
	rm -rf $(BUILD)
