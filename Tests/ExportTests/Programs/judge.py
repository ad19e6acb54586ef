#!/usr/bin/env python3
"""Judges documents of `trice export kubernetes`: read back by PyYAML, then kubernetes-validate in strict mode.

usage: judge.py VERSION... <<< NUL-separated `NAME\nDOCUMENTS`; prints one line for each fault.
"""
import base64
import sys

import kubernetes_validate
import yaml

UNKNOWN = {"HTTPRoute"}  # the Gateway API is no part of the schemas


def faults(name, text, versions):
    try:
        documents = [document for document in yaml.safe_load_all(text) if document]
    except yaml.YAMLError as error:
        yield f"{name}: no YAML: {error}"
        return
    seen = set()
    for document in documents:
        place = f"{name}: {document['kind']}/{document['metadata']['name']}"
        key = (document["kind"], document["metadata"]["name"])
        if key in seen:
            yield f"{place}: twice"
        seen.add(key)
        yield from (f"{place}: {fault}" for fault in meaning(document, documents))
        if document["kind"] in UNKNOWN:
            continue
        for version in versions:
            try:
                kubernetes_validate.validate(document, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                yield f"{place} ({version}): {'.'.join(map(str, error.path))}: {error.message[:300]}"


def template(document):
    spec = document.get("spec", {})
    if document["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    return spec.get("template")


def meaning(document, documents):
    """What the schemas do not say and an API server refuses."""
    pod = template(document)
    if document["kind"] == "Service":
        ports = document["spec"].get("ports", [])
        names = [port["name"] for port in ports]
        if len(set(names)) != len(names):
            yield "names of ports twice"
        selector = document["spec"]["selector"]
        if not any(template(other) and selector.items() <= template(other)["metadata"]["labels"].items()
                   for other in documents):
            yield "its selector selects nothing"
    if not pod:
        return
    if document["kind"] in ("Deployment", "StatefulSet"):
        selector = document["spec"]["selector"]["matchLabels"]
        if not selector.items() <= pod["metadata"]["labels"].items():
            yield "its selector does not select its own pods"
    spec = pod["spec"]
    volumes = [volume["name"] for volume in spec.get("volumes", [])]
    if len(set(volumes)) != len(volumes):
        yield "volumes twice"
    containers = spec["containers"] + spec.get("initContainers", [])
    names = [container["name"] for container in containers]
    if len(set(names)) != len(names):
        yield "containers twice"
    for container in containers:
        targets = [mount["mountPath"] for mount in container.get("volumeMounts", [])]
        if len(set(targets)) != len(targets):
            yield f"{container['name']} mounts twice at a path"
        for mount in container.get("volumeMounts", []):
            if mount["name"] not in volumes:
                yield f"{container['name']} mounts {mount['name']}, which is no volume"
            if mount.get("subPath", "").startswith("/"):
                yield f"the path {mount['subPath']} is not relative"
        ports = [(port["containerPort"], port["protocol"]) for port in container.get("ports", [])]
        if len(set(ports)) != len(ports):
            yield "ports twice"
        for variable in container.get("env", []):
            if not isinstance(variable["value"], str):
                yield f"{variable['name']} is no text"
    kinds = {(other["kind"], other["metadata"]["name"]) for other in documents}
    for volume in spec.get("volumes", []):
        if "configMap" in volume:
            if ("ConfigMap", volume["configMap"]["name"]) not in kinds:
                yield f"there is no ConfigMap {volume['configMap']['name']}"

    if document["kind"] == "StatefulSet" and ("Service", document["spec"]["serviceName"]) not in kinds:
        yield "its Service is not there"



def main():
    for entry in sys.stdin.read().split("\0"):
        if entry:
            name, _, text = entry.partition("\n")
            for fault in faults(name, text, sys.argv[1:]):
                print(fault)


main()
