# SPDX-License-Identifier: Apache-2.0
# Hold responses against an OpenAPI 3.1 description, with Debian's python3-jsonschema. Standard input is a JSON object:
# {"description": {...}, "cases": [{"name", "method", "path", "status", "type", "body"}]}, a path being that of the URL
# behind the server's. Prints an object: {"faults": ["NAME: what is wrong"], "met": ["get /path"], "all": [...]}.

import json
import re
import sys

from jsonschema import Draft202012Validator, FormatChecker, RefResolver


def resolve(description, value):
    while "$ref" in value:
        place = description
        for name in value["$ref"][2:].split("/"):
            place = place[name]
        value = place
    return value


def faults_of(description, schema, document):
    validator = Draft202012Validator(
        schema, resolver=RefResolver("", description), format_checker=FormatChecker()
    )
    return [
        "/".join(map(str, error.absolute_path)) + " " + error.message[:300]
        for error in validator.iter_errors(document)
    ]


# A path that is there as it is comes before one that has names in it.
def operation_of(description, method, path):
    if path in description["paths"]:
        return path, description["paths"][path].get(method)
    for template, item in description["paths"].items():
        if re.fullmatch(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(template)), path):
            return template, item.get(method)
    return path, None


def check(description, case):
    template, operation = operation_of(description, case["method"], case["path"])
    if operation is None:
        return None, ["is not described"]
    responses = operation["responses"]
    if str(case["status"]) not in responses:
        return template, ["status %d is not described" % case["status"]]
    content = resolve(description, responses[str(case["status"])]).get("content", {})
    media = case["type"].split(";")[0]
    if not content and not case["body"]:
        return template, []
    if media not in content:
        return template, ["type %s is not described" % media]
    if not media.endswith("json") or media == "application/x-ndjson":
        return template, []
    return template, faults_of(description, content[media]["schema"], json.loads(case["body"]))


def examples(description):
    for name, schema in description["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        for example in schema.get("examples", []):
            for fault in faults_of(description, schema, example):
                yield "the example of %s: %s" % (name, fault)


def main():
    given = json.load(sys.stdin)
    description = given["description"]
    faults, met = list(examples(description)), set()
    for case in given["cases"]:
        template, wrong = check(description, case)
        met.add("%s %s" % (case["method"], template))
        faults += ["%s: %s" % (case["name"], fault) for fault in wrong]
    every = {
        "%s %s" % (method, path)
        for path, item in description["paths"].items()
        for method in item
    }
    json.dump({"faults": faults, "met": sorted(met), "all": sorted(every)}, sys.stdout)


main()
