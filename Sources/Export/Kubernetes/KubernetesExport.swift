internal import Envfile

/// An environment as objects of Kubernetes: a base and an overlay of kustomize, and the same as one stream.
package enum KubernetesExport {
    /// Everything that the environment becomes; nothing of the host is changed.
    package static func export(_ request: ExportRequest) -> ExportResult {
        var assembly = ApplicationAssembly(
            request, isOnHost: request.options.target == .podman, joinsPods: true,
            report: LossReport(places: request.places, omitted: request.options.omitted))
        assembly.report.reportExternals(
            of: request.environment, request.options.target == .podman ? .podman : .kubernetes)
        let application = assembly.application()
        var writer = KubernetesWriter(application, request.options, report: assembly.report)
        let objects = request.options.target == .podman ? writer.podmanObjects() : writer.objects()
        let texts = objects.map(\.text)
        return ExportResult(
            files: files(of: objects, texts, request), stream: stream(of: texts), losses: writer.report.losses,
            objects: objects)
    }

    /// One document after the other, those of a later wave after those of an earlier one.
    package static func stream(of texts: [String]) -> String {
        ExportHeader.text("kubernetes") + texts.map { "---\n" + $0 }.joined()
    }

    /// - Parameter written: the objects as text, in the same order.
    private static func files(
        of objects: [KubernetesObject], _ written: [String], _ request: ExportRequest
    ) -> [ExportFile] {
        var order: [String] = []
        var texts: [String: [String]] = [:]
        for (object, text) in zip(objects, written) {
            if texts[object.file] == nil { order.append(object.file) }
            texts[object.file, default: []].append(text)
        }
        let secrets = Set(objects.filter(\.isSecret).map(\.file))
        var files = order.sorted().map { name in
            ExportFile(
                path: "base/\(name).yaml",
                text: ExportHeader.text("kubernetes") + (texts[name] ?? []).joined(separator: "---\n"),
                isSecret: secrets.contains(name))
        }
        let base = Value.fields([
            "apiVersion": .string("kustomize.config.k8s.io/v1beta1"), "kind": .string("Kustomization"),
            "resources": .items(order.sorted().map { .string("\($0).yaml") }),
        ])
        files.append(
            ExportFile(
                path: "base/kustomization.yaml", text: ExportHeader.text("kubernetes") + YAMLWriter.text(base)))
        let overlay = Value.fields([
            "apiVersion": .string("kustomize.config.k8s.io/v1beta1"), "kind": .string("Kustomization"),
            "namespace": .text(request.options.namespace), "resources": .list([.string("../../base")]),
        ])
        files.append(
            ExportFile(
                path: "overlays/default/kustomization.yaml",
                text: "# What differs from the base: `trice export` never changes this file.\n"
                    + YAMLWriter.text(overlay),
                isKept: true))
        return files
    }
}
