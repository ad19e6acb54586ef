internal import CCurl
internal import Glibc
internal import LinuxSystem

/// All that is needed to make a request.
struct TransferOrder: Sendable {
    var request: HTTPRequest
    /// For HTTPS.
    var tls: TLSOptions?
    var proxy: ProxySettings.Proxy?
    /// Until a connection stands.
    var connect: Duration
    /// Until the next bytes come or can be sent.
    var stall: Duration
    /// Until the next bytes come after all has been sent.
    var answer: Duration
}

/// One transfer of libcurl, on the loop's thread; libcurl-easy(3).
final class EasyTransfer {
    let handle: UnsafeMutableRawPointer
    let stream: TransferStream
    private let order: TransferOrder
    private var fields: UnsafeMutablePointer<curl_slist>?
    private let message = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private var parser = HeadParser()
    /// How much of the request's body has been given to libcurl.
    private var sent: Int64 = 0
    private var isConnected = false
    private var isReceivingPaused = false
    private var isSendingPaused = false
    private var lastProgress = ContinuousClock.now
    private var moved: Int64 = 0
    private var refused = CURLE_OK

    /// `nil` where libcurl does not take an option.
    init?(_ order: TransferOrder, _ stream: TransferStream) {
        guard let handle = curl_easy_init() else { return nil }
        self.handle = handle
        self.stream = stream
        self.order = order
        message[0] = 0
        setBasics()
        setRequest()
        setProxy()
        if let tls = order.tls { setTLS(tls) }
        setCallbacks()
        guard refused == CURLE_OK else { return nil }
    }

    deinit {
        curl_easy_cleanup(handle)
        curl_slist_free_all(fields)
        message.deallocate()
    }

    /// The reader has room, or the sender has more.
    func resume() {
        (isReceivingPaused, isSendingPaused) = (false, false)
        lastProgress = .now
        curl_easy_pause(handle, CURLPAUSE_CONT)
    }
}

// MARK: - Time limits

extension EasyTransfer {
    /// When the other side has been silent for too long; `nil` while a connection is made (libcurl looks after that) and
    /// while our own side is awaited.
    var deadline: ContinuousClock.Instant? {
        guard isConnected, !isReceivingPaused, !isSendingPaused else { return nil }
        let isSent = sent == order.request.body?.count ?? 0
        return lastProgress + (isSent ? order.answer : order.stall)
    }

    /// Whether bytes passed since the last look that no callback has told of: those of a body that is sent slowly.
    func hasMoved(_ now: ContinuousClock.Instant) -> Bool {
        var count: curl_off_t = 0
        ccurl_get_size(handle, CURLINFO_SIZE_UPLOAD_T, &count)
        guard Int64(count) != moved else { return false }
        moved = Int64(count)
        lastProgress = now
        return true
    }
}

// MARK: - Options

extension EasyTransfer {
    private func check(_ code: CURLcode) {
        if refused == CURLE_OK { refused = code }
    }

    private func set(_ option: CURLoption, _ number: Int) {
        check(ccurl_set_number(handle, option, number))
    }

    private func set(_ option: CURLoption, _ text: String) {
        check(ccurl_set_text(handle, option, text))
    }

    private func setBasics() {
        set(CURLOPT_NOSIGNAL, 1)
        check(ccurl_set_pointer(handle, CURLOPT_ERRORBUFFER, message))
        set(CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(order.connect / .milliseconds(1))))
        set(CURLOPT_BUFFERSIZE, 1 << 18)
        set(CURLOPT_UPLOAD_BUFFERSIZE, 1 << 18)
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        // What a registry names is sent as it is.
        set(CURLOPT_PATH_AS_IS, 1)
        if OutsideHost.isAway { connectFromHost() }
    }

    /// Makes the connections begin in the host's network, where a registry or a proxy may listen on the loopback.
    private func connectFromHost() {
        check(
            ccurl_set_socket_function(handle) { _, _, address in
                guard let wanted = address?.pointee else { return CURL_SOCKET_BAD }
                do throws(SystemError) {
                    return try HostSocket.unconnected(
                        family: wanted.family, kind: wanted.socktype, protocolNumber: wanted.protocol
                    ).release()
                } catch {
                    // Without the agent, or with that of an earlier release, there is the way out of the namespaces.
                    return socket(wanted.family, wanted.socktype | Int32(SOCK_CLOEXEC.rawValue), wanted.protocol)
                }
            })
    }

    private func setRequest() {
        let request = order.request
        set(CURLOPT_URL, "\(request.address)")
        switch (request.method, request.body) {
        case (.HEAD, _): set(CURLOPT_NOBODY, 1)
        case (let method, nil) where !method.hasBody: set(CURLOPT_CUSTOMREQUEST, method.rawValue)
        case (let method, let body):
            set(CURLOPT_UPLOAD, 1)
            set(CURLOPT_CUSTOMREQUEST, method.rawValue)
            check(ccurl_set_size(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(body?.count ?? 0)))
        }
        // libcurl's HTTP/2 is for what comes; a body goes out faster and more surely without its windows.
        let version = request.body == nil ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1
        set(CURLOPT_HTTP_VERSION, version)
        // No request waits for permission to send its body.
        add("Expect:")
        for field in request.headers.fields { add("\(field.name): \(field.value)") }
        check(ccurl_set_list(handle, CURLOPT_HTTPHEADER, fields))
    }

    private func add(_ line: String) {
        guard let longer = curl_slist_append(fields, line) else { return check(CURLE_OUT_OF_MEMORY) }
        fields = longer
    }

    private func setProxy() {
        // Which proxy is used is settled already: libcurl must not look into the environment.
        set(CURLOPT_NOPROXY, "")
        guard let proxy = order.proxy else { return set(CURLOPT_PROXY, "") }
        let host = proxy.host.contains(":") ? "[\(proxy.host)]" : proxy.host
        set(CURLOPT_PROXY, "\(proxy.kind == .socks ? "socks5h" : "http")://\(host):\(proxy.port)")
        guard let user = proxy.user else { return }
        set(CURLOPT_PROXYUSERNAME, user)
        set(CURLOPT_PROXYPASSWORD, proxy.password ?? "")
    }

    private func setTLS(_ tls: TLSOptions) {
        set(CURLOPT_SSL_VERIFYPEER, tls.verifies ? 1 : 0)
        set(CURLOPT_SSL_VERIFYHOST, tls.verifies ? 2 : 0)
        if let trusted = tls.trusted {
            check(ccurl_set_blob(handle, CURLOPT_CAINFO_BLOB, trusted, trusted.count))
        }
        if let identity = tls.identity {
            set(CURLOPT_SSLCERT, identity.certificate)
            set(CURLOPT_SSLKEY, identity.key)
        }
    }
}

// MARK: - What libcurl calls

extension EasyTransfer {
    private static func transfer(_ context: UnsafeMutableRawPointer?) -> EasyTransfer? {
        context.map { Unmanaged<EasyTransfer>.fromOpaque($0).takeUnretainedValue() }
    }

    private func setCallbacks() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        for option in [
            CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_READDATA, CURLOPT_SEEKDATA, CURLOPT_PREREQDATA,
        ] {
            check(ccurl_set_pointer(handle, option, context))
        }
        check(
            ccurl_set_data_function(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
                EasyTransfer.transfer(context)?.receiveLine(UnsafeRawBufferPointer(start: bytes, count: size * count))
                return size * count
            })
        check(
            ccurl_set_data_function(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
                EasyTransfer.transfer(context)?.receive(UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
            })
        check(
            ccurl_set_data_function(handle, CURLOPT_READFUNCTION) { bytes, size, count, context in
                EasyTransfer.transfer(context)?.give(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
                    ?? ccurl_read_abort
            })
        check(
            ccurl_set_seek_function(handle) { context, offset, origin in
                EasyTransfer.transfer(context)?.rewind(to: Int64(offset), origin) ?? Int32(CURL_SEEKFUNC_CANTSEEK)
            })
        check(
            ccurl_set_ready_function(handle) { context, _, _, _, _ in
                EasyTransfer.transfer(context)?.connected()
                return Int32(CURL_PREREQFUNC_OK)
            })
    }

    private func connected() {
        isConnected = true
        lastProgress = .now
    }

    private func receiveLine(_ line: UnsafeRawBufferPointer) {
        lastProgress = .now
        guard parser.head == nil else { return }
        parser.receive(line)
        if let head = parser.head { stream.receive(head) }
    }

    private func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
        lastProgress = .now
        guard stream.receive(bytes) else {
            isReceivingPaused = true
            return ccurl_write_pause
        }
        return bytes.count
    }

    private func give(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        lastProgress = .now
        switch order.request.body {
        case .bytes(let bytes)?:
            let part = bytes[Int(sent)...].prefix(buffer.count)
            buffer.copyBytes(from: part)
            sent += Int64(part.count)
            return part.count
        case .content(let content)?:
            guard sent < content.range.count else { return 0 }
            guard let count = stream.takeContent(into: buffer) else { return ccurl_read_abort }
            guard count > 0 else {
                isSendingPaused = true
                return ccurl_read_pause
            }
            sent += Int64(count)
            return count
        case nil: return 0
        }
    }

    /// A connection that was kept had been closed: libcurl makes a new one where it can begin anew.
    private func rewind(to offset: Int64, _ origin: Int32) -> Int32 {
        if offset == sent, origin == SEEK_SET { return Int32(CURL_SEEKFUNC_OK) }
        guard case .bytes? = order.request.body, offset == 0, origin == SEEK_SET else {
            return Int32(CURL_SEEKFUNC_CANTSEEK)
        }
        sent = 0
        return Int32(CURL_SEEKFUNC_OK)
    }
}

// MARK: - Failures

extension EasyTransfer {
    /// What a result of libcurl means; libcurl-errors(3).
    func failure(_ code: CURLcode) -> TransportFailure {
        var connectStatus = 0
        ccurl_get_number(handle, CURLINFO_HTTP_CONNECTCODE, &connectStatus)
        var error = 0
        ccurl_get_number(handle, CURLINFO_OS_ERRNO, &error)
        var verification = 0
        ccurl_get_number(handle, CURLINFO_SSL_VERIFYRESULT, &verification)
        let reason = message[0] == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: message)
        if order.proxy != nil, connectStatus != 0, connectStatus / 100 != 2 {
            return TransportFailure(.proxyRefused, reason)
        }
        return TransportFailure(
            TransportFailure.kind(of: code, errno: Int32(error), verification, reason), reason)
    }
}
