import Envfile
import Testing
import Vocabulary

@testable import Vagrantfile

/// The forms that Vagrant's documentation shows of machines, networks, folders and providers.
@Suite(.timeLimit(.minutes(1))) struct FormTests {
    private static let box = "config.vm.box = \"debian/bookworm64\"\n"

    @Test func theFileOfVagrantInit() throws {
        let made = try Converted(
            """
            # -*- mode: ruby -*-
            # vi: set ft=ruby :

            # All Vagrant configuration is done below.
            Vagrant.configure("2") do |config|
              config.vm.box = "ubuntu/jammy64"
              # config.vm.box_check_update = false
              # config.vm.network "forwarded_port", guest: 80, host: 8080
              config.vm.network "forwarded_port", guest: 80, host: 8080, host_ip: "127.0.0.1"
              config.vm.provider "virtualbox" do |vb|
                # Display the VirtualBox GUI when booting the machine
                vb.gui = true
                vb.memory = "1024"
              end
              config.vm.provision "shell", inline: <<-SHELL
                apt-get update
                apt-get install -y apache2
              SHELL
            end
            """)
        #expect(
            made.envfile.hasSuffix(
                """
                services:
                  default:
                    image: ubuntu:22.04  # line 6: box ubuntu/jammy64
                    command: [sleep, infinity]  # a machine runs until it is stopped
                    mem_limit: "1024M"  # line 13
                    ports:
                      - target: 80  # line 9
                        published: "8080"
                        host_ip: "127.0.0.1"
                    volumes:
                      - type: bind  # Vagrant shares the directory of the file
                        source: .
                        target: /vagrant
                    provision:
                      - shell: |2  # line 15
                              apt-get update
                              apt-get install -y apache2

                """), "\(made.envfile)")
        #expect(made.leftOut == ["line 12: `vb.gui = true`: a container has no `gui` of virtualbox."])
        let service = try made.service()
        #expect(
            service.tools.provisioners.map(\.action) == [.shell("    apt-get update\n    apt-get install -y apache2\n")]
        )
    }

    @Test(arguments: [
        ("hashicorp/bionic64", "ubuntu:18.04"), ("hashicorp/precise64", "ubuntu:12.04"), ("precise64", "ubuntu:12.04"),
        ("ubuntu/trusty64", "ubuntu:14.04"), ("ubuntu/xenial64", "ubuntu:16.04"), ("ubuntu/focal64", "ubuntu:20.04"),
        ("ubuntu/noble64", "ubuntu:24.04"), ("debian/jessie64", "debian:jessie"),
        ("debian/bullseye64", "debian:bullseye"),
        ("debian/contrib-buster64", "debian:buster"), ("debian/testing64", "debian:testing"),
        ("bento/ubuntu-22.04", "ubuntu:22.04"), ("bento/debian-12", "debian:12"), ("bento/debian-12.5", "debian:12"),
        ("bento/centos-7", "centos:7"), ("bento/centos-7.9", "centos:7"),
        ("bento/centos-stream-9", "quay.io/centos/centos:stream9"), ("bento/rockylinux-9", "rockylinux:9"),
        ("bento/almalinux-9.3", "almalinux:9"), ("bento/fedora-39", "fedora:39"),
        ("bento/fedora-latest", "fedora:latest"),
        ("bento/amazonlinux-2", "amazonlinux:2"), ("bento/oracle-8", "oraclelinux:8"),
        ("bento/opensuse-leap-15.5", "opensuse/leap:15.5"), ("generic/ubuntu2204", "ubuntu:22.04"),
        ("generic/debian12", "debian:12"), ("generic/centos8", "centos:8"),
        ("generic/centos9s", "quay.io/centos/centos:stream9"), ("generic/rocky9", "rockylinux:9"),
        ("generic/alma8", "almalinux:8"), ("generic/fedora38", "fedora:38"), ("generic/alpine318", "alpine:3.18"),
        ("generic/arch", "archlinux:latest"), ("roboxes/debian11", "debian:11"), ("centos/7", "centos:7"),
        ("centos/8", "centos:8"), ("centos/stream9", "quay.io/centos/centos:stream9"), ("rockylinux/9", "rockylinux:9"),
        ("almalinux/8", "almalinux:8"), ("fedora/40-cloud-base", "fedora:40"), ("alpine/alpine64", "alpine:latest"),
        ("archlinux/archlinux", "archlinux:latest"), ("geerlingguy/ubuntu2004", "ubuntu:20.04"),
        ("geerlingguy/debian11", "debian:11"), ("cloud-image/ubuntu-24.04", "ubuntu:24.04"),
        ("opensuse/Leap-15.6.x86_64", "opensuse/leap:15.6"), ("oraclelinux/9", "oraclelinux:9"),
        ("kalilinux/rolling", "kalilinux/kali-rolling"),
    ])
    func aBoxIsAnImage(_ box: String, _ image: String) throws {
        let made = try Converted(body: "config.vm.box = \"\(box)\"")
        #expect(made.envfile.contains("    image: \(image)  # line 2: box \(box)\n"), "\(made.envfile)")
        #expect(made.leftOut.isEmpty)
    }

    @Test(arguments: [
        "laravel/homestead", "gusztavvargadr/windows-10", "generic/freebsd13", "scotch/box", "debian/nosuch64", "base",
        "generic/openbsd7", "ubuntu/unknown64", "my-own.box", "bento/freebsd-13",
    ])
    func aBoxWithoutAnEqualIsReported(_ box: String) throws {
        let made = try Converted(body: "config.vm.box = \"\(box)\"")
        #expect(
            made.leftOut == [
                "line 2: the box `\(box)` has no equal among images; write one under `services.default.image`."
            ])
        #expect(made.envfile.contains("#   " + made.leftOut[0]))
        #expect(try made.service().image == "choose-an-image")
    }

    // MARK: - Networks

    @Test func forwardedPortsWithAllKeys() throws {
        let made = try Converted(
            body: Self.box + """
                config.vm.network "forwarded_port", guest: 80, host: 8080
                config.vm.network :forwarded_port, guest: 2003, host: 12003, protocol: "tcp"
                config.vm.network "forwarded_port", guest: 2003, host: 12003, protocol: "udp"
                config.vm.network "forwarded_port", guest: 443, host: 8443,
                  host_ip: "0.0.0.0", guest_ip: "10.0.2.15",
                  auto_correct: true, id: "https"
                config.vm.network("forwarded_port", :guest => 3306, :host => 3306, "auto_correct" => false)
                config.vm.network "forwarded_port", guest: "9000", host: ENV["PORT"] || 9001
                """)
        let ports = try made.service().ports
        #expect(
            ports.map { "\($0.target)/\($0.transportProtocol)" } == [
                "80/tcp", "2003/tcp", "2003/udp", "443/tcp", "3306/tcp", "9000/tcp",
            ])
        #expect(ports.map { $0.published.map { "\($0)" } } == ["8080", "12003", "12003", "8443", "3306", "9001"])
        #expect(ports.map(\.details.name) == [nil, nil, nil, "https", nil, nil])
        #expect(ports.map(\.details.hostAddressText) == [nil, nil, nil, "0.0.0.0", nil, nil])
        #expect(ports.map(\.autoCorrects) == [true, true, true, true, false, true])
        #expect(made.envfile.contains("published: \"${PORT:-9001}\""))
        #expect(made.leftOut == ["line 6: `guest_ip` does not count: a container is reached at all its addresses."])
    }

    @Test func portsThatAreNoPorts() throws {
        let made = try Converted(
            body: Self.box + """
                config.vm.network "forwarded_port", guest: 80
                config.vm.network "forwarded_port", guest: 80, host: 80800
                config.vm.network "forwarded_port", guest: 80, host: 8080, protocol: "sctp"
                config.vm.network "carrier_pigeon"
                config.vm.network "public_network"
                config.vm.network "public_network", bridge: "en1: Wi-Fi (AirPort)"
                """)
        #expect(try made.service().ports.isEmpty)
        #expect(made.leftOut.count == 6)
        #expect(
            made.leftOut[0]
                == "line 3: `config.vm.network \"forwarded_port\", guest: 80`: `guest` and `host` must be numbers from 1 to 65535."
        )
        #expect(made.leftOut[4].contains("macvlan"))
    }

    @Test func privateNetworks() throws {
        let made = try Converted(
            """
            Vagrant.configure("2") do |config|
              config.vm.box = "debian/bookworm64"
              config.vm.define "a" do |a|
                a.vm.network "private_network", ip: "192.168.50.4"
                a.vm.network "private_network", type: "dhcp"
              end
              config.vm.define "b" do |b|
                b.vm.network "private_network", ip: "192.168.50.5", netmask: "255.255.255.0", auto_config: false
                b.vm.network "private_network", ip: "fde4:8dba:82e1::c4", netmask: "96"
                b.vm.network "private_network", ip: "10.0.3.1", virtualbox__intnet: "mynetwork"
              end
            end
            """)
        #expect(
            made.envfile.hasSuffix(
                """
                networks:
                  private-192-168-50-0:  # line 4
                    ipam:
                      config:
                        - subnet: "192.168.50.0/24"
                  private: {}  # line 5
                  private-fde4-8dba-82e1:  # line 9
                    enable_ipv6: true
                    ipam:
                      config:
                        - subnet: "fde4:8dba:82e1::/96"
                  mynetwork:  # line 10
                    ipam:
                      config:
                        - subnet: "10.0.3.0/24"
                          gateway: "10.0.3.254"

                """), "\(made.envfile)")
        #expect(try made.service("a").networks.map(\.network).sorted() == ["private", "private-192-168-50-0"])
        #expect(made.leftOut == ["line 8: `auto_config` does not count: a container's address is always set."])
    }

    // MARK: - Folders

    @Test func syncedFoldersWithAllKeys() throws {
        let made = try Converted(
            body: Self.box + """
                config.vm.synced_folder "src/", "/srv/website"
                config.vm.synced_folder ".", "/vagrant", disabled: true
                config.vm.synced_folder "data", "/data", create: true, owner: "root", group: "root"
                config.vm.synced_folder "../host", "/guest/", type: "nfs", mount_options: ["ro", "dmode=775"]
                config.vm.synced_folder "/abs", "/opt/abs", id: "abs", type: "rsync", rsync__exclude: ".git/"
                config.vm.synced_folder "~/code", "/code", :mount_options => ["rw"], nfs_udp: false
                config.vm.synced_folder "x", "relative"
                """)
        let mounts = try made.service().mounts
        #expect(mounts.map(\.target) == ["/srv/website", "/data", "/guest", "/opt/abs", "/code"])
        #expect(mounts.map(\.isReadOnly) == [false, false, true, false, false])
        #expect(
            mounts.prefix(2).map(\.source) == [
                .bind(path: "/p/src", createsSource: false), .bind(path: "/p/data", createsSource: true),
            ])
        #expect(mounts[3].exclusions == [".git"])
        #expect(
            made.leftOut == [
                "line 5: `owner: root` of the folder does not count: its files belong to the user who ran `trice up`.",
                "line 5: `group: root` of the folder does not count: its files belong to the user who ran `trice up`.",
                "line 6: the type `nfs` of the folder does not count: it is a bind mount.",
                "line 6: the mount options `dmode=775` do not count for a bind mount.",
                "line 7: the type `rsync` of the folder does not count: it is a bind mount: what the container writes is seen on the host, too.",
                "line 8: the option `nfs_udp` of the folder has no equal.",
                "line 9: `config.vm.synced_folder \"x\", \"relative\"`: the path in the container must begin with a slash.",
            ])
    }

    @Test func whatIsNotThereIsReported() throws {
        let made = try Converted(
            body: Self.box + """
                config.vm.synced_folder "new", "/new"
                config.vm.provision "shell", path: "gone.sh"
                """, missing: ["new", "gone.sh"])
        #expect(try made.service().mounts.map(\.source).last == .bind(path: "/p/new", createsSource: true))
        #expect(
            made.leftOut == [
                "line 3: the folder `new` is not there: it is created when the environment comes up.",
                "line 4: `gone.sh` is not there; the step needs it.",
            ])
    }

    @Test func anotherFolderInTheOwnOnesPlace() throws {
        let made = try Converted(body: Self.box + "config.vm.synced_folder \"app\", \"/vagrant\"")
        #expect(try made.service().mounts.map(\.source) == [.bind(path: "/p/app", createsSource: false)])
        let plain = try Converted(body: Self.box)
        #expect(try plain.service().mounts.map(\.target) == ["/vagrant"])
    }

    // MARK: - Providers

    @Test(arguments: [
        ("virtualbox", "v.memory = 1024\nv.cpus = 2"), ("virtualbox", "v.memory = \"1024\"\nv.cpus = \"2\""),
        (
            "virtualbox",
            "v.customize [\"modifyvm\", :id, \"--memory\", \"1024\"]\nv.customize [\"modifyvm\", :id, \"--cpus\", 2]"
        ),
        ("virtualbox", "v.customize [\"modifyvm\", :id, \"--memory\", \"1024\", \"--cpus\", \"2\"]"),
        ("vmware_desktop", "v.vmx[\"memsize\"] = \"1024\"\nv.vmx[\"numvcpus\"] = \"2\""),
        ("vmware_fusion", "v.memory = 1024\nv.cpus = 2"), ("libvirt", "v.memory = 1024\nv.cpus = 2"),
        ("parallels", "v.memory = 1024\nv.cpus = 2"),
        ("parallels", "v.customize [\"set\", :id, \"--memsize\", \"1024\", \"--cpus\", \"2\"]"),
        ("hyperv", "v.memory = 1024\nv.cpus = 2"), (":virtualbox", "v.memory = 512 * 2\nv.cpus = 1 + 1"),
    ])
    func memoryAndProcessorsOfProviders(_ provider: String, _ lines: String) throws {
        let name = provider.hasPrefix(":") ? provider : "\"\(provider)\""
        let made = try Converted(body: Self.box + "config.vm.provider \(name) do |v|\n\(lines)\nend")
        #expect(made.envfile.contains("mem_limit: \"1024M\""), "\(made.envfile)")
        #expect(made.envfile.contains("cpus: 2"), "\(made.envfile)")
        #expect(made.leftOut.isEmpty)
        #expect(try made.service().limits.memory.limit == 1024 << 20)
    }

    @Test func aNameThatNoHostHasIsReported() throws {
        let made = try Converted(body: Self.box + "config.vm.hostname = \"my_host\"")
        #expect(try made.service().naming.hostname == nil)
        #expect(made.leftOut == ["line 3: `my_host` is no name of a host."])
    }

    @Test func otherSettingsOfProviders() throws {
        let made = try Converted(
            body: Self.box + """
                config.vm.provider "virtualbox" do |vb, override|
                  vb.name = "my_vm"
                  vb.linked_clone = true
                  vb.customize ["modifyvm", :id, "--cpuexecutioncap", "50"]
                  vb.customize "pre-boot", ["setextradata", :id, "a", "1"]
                  vb.memory = ENV["MEM"] || 2048
                  override.vm.box = "other/box"
                end
                config.vm.provider "vmware_desktop"
                config.vm.provider :libvirt do |lv|
                  lv.memory = 512
                end
                config.vm.provider "docker" do |d|
                  d.image = "nginx:1.25"
                  d.cmd = ["nginx", "-g", "daemon off;"]
                  d.ports = ["80:80"]
                end
                """)
        #expect(made.envfile.contains("mem_limit: \"${MEM:-2048}M\"  # line 8"), "\(made.envfile)")
        #expect(made.envfile.contains("image: nginx:1.25  # line 16: the provider docker"))
        #expect(made.envfile.contains("command: [nginx, \"-g\", \"daemon off;\"]"))
        #expect(
            made.leftOut.map { $0.split(separator: ":")[0] } == [
                "line 4", "line 5", "line 6", "line 7", "line 9", "line 11", "line 13", "line 18",
            ], "\(made.leftOut)")
        #expect(made.leftOut[6].hasSuffix("the memory of virtualbox in line 8 is taken."))
    }

    // MARK: - Machines

    @Test func severalMachines() throws {
        let made = try Converted(
            """
            Vagrant.configure("2") do |config|
              config.vm.box = "debian/bookworm64"
              config.vm.provision "shell", inline: "echo Hello"

              config.vm.define "web", primary: true do |web|
                web.vm.box = "ubuntu/noble64"
                web.vm.hostname = "web.local"
                web.vm.network "forwarded_port", guest: 80, host: 8080
                web.vm.provision :shell, inline: "echo B"
              end

              config.vm.define :db, autostart: false do |db|
                db.vm.provider "virtualbox" do |v|
                  v.memory = 512
                end
              end
              config.vm.define("cache") { |cache| cache.vm.box = "alpine/alpine64" }
              config.vm.define "plain"
            end
            """)
        #expect(made.environment?.services.map(\.name) == ["cache", "db", "plain", "web"])
        let web = try made.service("web")
        #expect(web.image == "ubuntu:24.04" && web.tools.isPrimary && web.naming.hostname == "web.local")
        #expect(web.tools.provisioners.map(\.action) == [.shell("echo Hello"), .shell("echo B")])
        #expect(try made.service("db").tools.startsAutomatically == false)
        #expect(try made.service("db").limits.memory.limit == 512 << 20)
        #expect(try made.service("cache").image == "alpine:latest")
        #expect(try made.service("plain").image == "debian:bookworm")
        #expect(made.leftOut.isEmpty)
    }

    @Test func loopsOverMachines() throws {
        let made = try Converted(
            """
            NODES = 2
            SUBNET = "192.168.56"
            Vagrant.configure("2") do |config|
              config.vm.box = "bento/ubuntu-22.04"
              (1..NODES).each do |i|
                config.vm.define "node-#{i}" do |node|
                  node.vm.hostname = "node-#{i}"
                  node.vm.network "private_network", ip: "#{SUBNET}.#{10 + i}"
                  node.vm.provision "shell",
                    inline: "echo hello from node #{i}"
                end
              end
              %w[x y].each_with_index do |name, index|
                config.vm.define name do |m|
                  m.vm.network :forwarded_port, guest: 80, host: 8080 + index
                end
              end
              { "h" => { cpus: 2 } }.each do |name, options|
                config.vm.define name do |m|
                  m.vm.provider(:virtualbox) { |v| v.cpus = options[:cpus] }
                end
              end
              2.times { |n| config.vm.define "t#{n}" }
            end
            """)
        #expect(
            made.environment?.services.map(\.name) == ["h", "node-1", "node-2", "t0", "t1", "x", "y"], "\(made.envfile)"
        )
        #expect(made.envfile.contains("private-192-168-56-0: { ipv4_address: \"192.168.56.12\" }  # line 8"))
        #expect(try made.service("node-2").tools.provisioners.map(\.action) == [.shell("echo hello from node 2")])
        #expect(try made.service("y").ports.first?.published.map { "\($0)" } == "8081")
        #expect(made.envfile.contains("cpus: 2  # line 20"))
        #expect(made.leftOut.isEmpty, "\(made.leftOut)")
    }

    @Test func settingsOfTheConnectionAndMessages() throws {
        let made = try Converted(
            body: Self.box + """
                config.vm.post_up_message = "Costs 5$.\\nLook at http://localhost:8080"
                config.ssh.username = "dev"
                config.ssh.forward_agent = true
                config.ssh.shell = "/bin/sh"
                config.ssh.insert_key = false
                config.vm.guest = :linux
                config.vm.box_check_update = false
                config.vm.box_version = ">= 1.0"
                config.nfs.functional = false
                """)
        #expect(
            made.environment?.tools.postUpMessage?.text { _, _, _ in nil } == "Costs 5$.\nLook at http://localhost:8080"
        )
        let ssh = try #require(try made.service().tools.ssh)
        #expect(ssh.user == "dev" && ssh.forwardsAgent && ssh.shell == "/bin/sh")
        #expect(
            made.leftOut.map { $0.split(separator: ":")[0] } == ["line 7", "line 8", "line 9", "line 10", "line 11"])
        let shell = try Converted(body: Self.box + "config.ssh.shell = \"bash -c 'BASH_ENV=/etc/profile exec bash'\"")
        #expect(shell.leftOut.count == 1)
    }

    // MARK: - What is not read

    @Test func conditionsAndOtherRubyAreReportedByLine() throws {
        let made = try Converted(
            """
            require "yaml"
            settings = YAML.load_file("settings.yaml")
            Vagrant.require_version ">= 2.0"
            Vagrant.configure("2") do |config|
              config.vm.box = "debian/bookworm64"
              if Vagrant.has_plugin?("vagrant-cachier")
                config.cache.scope = :box
              end
              config.vm.hostname = "a" unless ENV["PLAIN"]
              config.vm.network "forwarded_port", guest: 80, host: settings["port"]
              config.vm.provision "shell", path: "x.sh" if File.exist?("x.sh")
              config.vm.synced_folder "s", "/s"
            end
            """)
        #expect(try made.service().mounts.map(\.target) == ["/vagrant", "/s"])
        #expect(
            made.leftOut == [
                "line 1: `require \"yaml\"`: no other Ruby is read.",
                "line 2: `settings = YAML.load_file(\"settings.yaml\")`: only Ruby can run `YAML.load_file`.",
                "line 3: `Vagrant.require_version \">= 2.0\"`: it asks for a version of Vagrant.",
                "lines 6–8: `if Vagrant.has_plugin?(\"vagrant-cachier\")`: only Ruby can decide a condition.",
                "line 9: `config.vm.hostname = \"a\" unless ENV[\"PLAIN\"]`: only Ruby can decide a condition.",
                "line 10: `config.vm.network \"forwarded_port\", guest: 80, host: settings[\"port\"]`: it needs `settings` of line 2, which is not read.",
                "line 11: `config.vm.provision \"shell\", path: \"x.sh\" if File.exist?(\"x.sh\")`: only Ruby can decide a condition.",
            ], "\(made.leftOut)")
        #expect(made.envfile.contains("#   lines 6–8: `if Vagrant"))
    }

    @Test func aFileThatSaysNothing() throws {
        let made = try Converted("puts 1\n")
        #expect(made.envfile.contains("services: {}"))
        #expect(made.leftOut.count == 1)
        let old = try Converted("Vagrant::Config.run do |config|\n  config.vm.forward_port 80, 8080\nend\n")
        #expect(old.leftOut.count == 1 && old.leftOut[0].hasPrefix("lines 1–3: "))
        let none = try Converted(body: "config.vm.hostname = \"a\"")
        #expect(
            none.leftOut == [
                "line 1: the machine `default` has no box that is read; write an image under `services.default.image`."
            ])
    }
}
