#!/usr/bin/env python3
"""Judges documents of `trice export kubernetes`: read back by PyYAML, then kubernetes-validate in strict mode.

usage: judge.py VERSION... <<< NUL-separated `NAME\nDOCUMENTS`; prints one line for each fault.
"""
import re
import sys

import kubernetes_validate
import yaml

UNKNOWN = {"HTTPRoute"}  # the Gateway API is no part of the schemas
LABEL = re.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
LABEL_VALUE = re.compile("([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
PORT_NAME = re.compile("[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?")


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


def amount(text):
    """A quantity in its smallest unit."""
    units = {"m": 0.001, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}
    for unit, factor in units.items():
        if str(text).endswith(unit):
            return float(str(text)[: -len(unit)]) * factor
    return float(text)


def names(document):
    """Names and labels that an API server refuses although they are texts."""
    metadata = document["metadata"]
    if not LABEL.fullmatch(metadata["name"]):
        yield f"{metadata['name']} is no label of DNS"
    if document["kind"] == "Service" and not metadata["name"][0].isalpha():
        yield "the name of a Service begins with a letter"
    pod = template(document)
    for labels in [metadata.get("labels", {}), pod["metadata"]["labels"] if pod else {}]:
        for key, value in labels.items():
            if not isinstance(value, str) or not LABEL_VALUE.fullmatch(value):
                yield f"{key} has the value {value!r}"
            if len(key.split("/")[-1]) > 63:
                yield f"{key} is too long"
    for annotations in [metadata.get("annotations", {}), pod["metadata"].get("annotations", {}) if pod else {}]:
        for key, value in annotations.items():
            if not isinstance(value, str):
                yield f"the annotation {key} is no text"


def container_faults(container):
    for word in container.get("command", []) + container.get("args", []):
        if not isinstance(word, str):
            yield f"{word!r} of {container['name']} is no text"
    if not LABEL.fullmatch(container["name"]):
        yield f"{container['name']} is no name of a container"
    for port in container.get("ports", []):
        if not PORT_NAME.fullmatch(port.get("name", "x")) or not re.search("[a-z]", port.get("name", "x")):
            yield f"{port['name']} is no name of a port"
    for mount in container.get("volumeMounts", []):
        path = mount["mountPath"]
        if not path.startswith("/") or ":" in path:
            yield f"{path} cannot be mounted at"
        if ".." in mount.get("subPath", "").split("/"):
            yield f"{mount['subPath']} leads out of its volume"
    resources = container.get("resources", {})
    for name, request in resources.get("requests", {}).items():
        limit = resources.get("limits", {}).get(name)
        if limit is not None and amount(request) > amount(limit):
            yield f"{container['name']} asks for more {name} than its limit"
    context = container.get("securityContext", {})
    if context.get("allowPrivilegeEscalation") is False and context.get("privileged"):
        yield "privileged excludes allowPrivilegeEscalation: false"
    if context.get("runAsNonRoot") and context.get("runAsUser") == 0:
        yield "runAsNonRoot with the user 0"


def template(document):
    spec = document.get("spec", {})
    if document["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    return spec.get("template")


def meaning(document, documents):
    """What the schemas do not say and an API server refuses."""
    yield from names(document)
    pod = template(document)
    if document["kind"] == "Service":
        ports = document["spec"].get("ports", [])
        port_names = [port["name"] for port in ports]
        if len(set(port_names)) != len(port_names):
            yield "names of ports twice"
        targets = {(port["port"], port["protocol"]) for port in ports}
        if len(targets) != len(ports):
            yield "ports twice"
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
    labels = [container["name"] for container in containers]
    if len(set(labels)) != len(labels):
        yield "containers twice"
    port_names = [port["name"] for container in containers for port in container.get("ports", [])]
    if len(set(port_names)) != len(port_names):
        yield "names of ports twice"
    if spec.get("hostname") and not LABEL.fullmatch(spec["hostname"]):
        yield f"{spec['hostname']} is no name of a host"
    if len(spec.get("dnsConfig", {}).get("nameservers", [])) > 3:
        yield "too many name servers"
    for container in containers:
        yield from container_faults(container)
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
