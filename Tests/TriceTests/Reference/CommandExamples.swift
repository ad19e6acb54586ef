/// What people type: at least one line for each command, with what it is for. `CommandPageTests` parses every line.
enum CommandExamples {
    struct Example {
        var words: String
        var line: String
    }

    /// By the command, such as `image ls`.
    static let all: [String: [Example]] = table.mapValues { lines in lines.map { Example(words: $0.0, line: $0.1) } }

    private static let table: [String: [(String, String)]] = [
        "up": [
            ("Bring everything up, or to what the file says now:", "trice up"),
            ("Only two services and what they need, with new builds:", "trice up --build web worker"),
            ("See the output of the services until they end or you press Ctrl-C:", "trice up --follow"),
        ],
        "down": [
            ("Take the environment away and keep its volumes:", "trice down"),
            ("With its volumes:", "trice down --volumes"),
        ],
        "clone": [
            ("Make the environment of a new worktree begin as that of another:", "trice clone main"),
            ("A second one of a directory, from a snapshot:", "trice clone main@seeded try-1"),
        ],
        "du": [("See what uses the disk, and what frees it:", "trice du")],
        "prune": [("Free what nothing needs, without a question:", "trice prune --force")],
        "snapshot save": [
            ("Keep what there is before a change:", "trice snapshot save before-migration"),
            ("Stop the services for the moment, so that nothing is copied:", "trice snapshot save --stop base"),
        ],
        "snapshot restore": [("Return to it:", "trice snapshot restore before-migration")],
        "snapshot list": [("See the snapshots of this environment:", "trice snapshot list")],
        "snapshot delete": [("Remove one:", "trice snapshot delete before-migration")],
        "snapshot push": [("Keep what there is without thinking of a name:", "trice snapshot push")],
        "snapshot pop": [("Return to it and remove it:", "trice snapshot pop")],
        "snapshot diff": [
            ("See what has changed since the newest snapshot:", "trice snapshot diff"),
            ("Between two, with sizes:", "trice snapshot diff --stat base later"),
        ],
        "snapshot export": [
            ("Write it into a file:", "trice snapshot export before-migration base.tar")
        ],
        "snapshot import": [
            ("Take the snapshot of a file, under another name:", "trice snapshot import base.tar --name theirs")
        ],
        "package": [
            ("Write all that another machine needs:", "trice package demo.trice"),
            ("Without what volumes have, with the shared folders:", "trice package --no-snapshot --folders demo.trice"),
        ],
        "publish": [("Send it to a registry:", "trice publish oci://registry.example/team/app:demo")],
        "destroy": [("Remove all that the environment has, without a question:", "trice destroy --force")],
        "plan": [
            ("See what `up` would do:", "trice plan"),
            ("See what `down` would remove, as data:", "trice plan --down --volumes --json"),
        ],
        "status": [
            ("See services, addresses and ports:", "trice status"),
            ("The same for a program:", "trice status --json"),
        ],
        "ps": [
            ("List the containers that run:", "trice ps"),
            ("All of them, also those that have ended:", "trice ps --all"),
        ],
        "ls": [
            ("List what is up on this host:", "trice ls"),
            ("The names alone, with those that are down and keep volumes:", "trice ls --all --quiet"),
        ],
        "hosts": [
            ("Print the names of the services for this host:", "trice hosts"),
            ("Write them into /etc/hosts:", "trice hosts --write"),
        ],
        "deploy": [
            ("See what would change in the current context of kubectl:", "trice deploy --plan -n shop"),
            ("Build, push and bring it there:", "trice deploy --registry registry.example/team -n shop"),
            ("Take it away again and keep the data:", "trice deploy --down -n shop"),
        ],
        "port-forward": [("Reach a service of the cluster:", "trice port-forward -n shop web 8080:80")],
        "boot enable": [("Bring the environment up at every start of the machine:", "trice boot enable")],
        "boot disable": [("Stop doing so:", "trice boot disable")],
        "boot status": [("Ask whether it comes up:", "trice boot status")],
        "boot show": [("See the unit of systemd first:", "trice boot show")],
        "provision": [
            ("Run the steps that are due:", "trice provision"),
            ("Run one step once more:", "trice provision web --step schema --force"),
        ],
        "scale": [("Have three containers of a service:", "trice scale worker=3")],
        "stop": [
            ("Stop all services and keep their containers:", "trice stop"),
            ("Stop one, and wait at most two seconds:", "trice stop --timeout 2 db"),
        ],
        "start": [("Start what was stopped:", "trice start db")],
        "restart": [("Restart one service:", "trice restart web")],
        "reload": [("Restart with the Envfile as it is now:", "trice reload web")],
        "create": [("Make the containers and start nothing:", "trice create")],
        "rm": [("Remove the containers that have ended, without a question:", "trice rm --force")],
        "kill": [("Ask a server to read its settings again:", "trice kill --signal SIGHUP web")],
        "pause": [("Let a service stand still:", "trice pause worker")],
        "unpause": [("Let it go on:", "trice unpause worker")],
        "wait": [("Wait for a job and end with its code:", "trice wait migrate")],
        "port": [("See which port of this host leads to port 80 of a service:", "trice port web 80")],
        "images": [("See what the containers were made from:", "trice images")],
        "volumes": [("See the volumes of one service:", "trice volumes db")],
        "top": [("See the processes of all services:", "trice top")],
        "stats": [("Look once, without going on:", "trice stats --no-stream")],
        "events": [("Follow what happens, one line of JSON each:", "trice events --json")],
        "watch": [("Copy and rebuild as files change:", "trice watch web")],
        "ssh": [
            ("Step into the service with `primary: true`, or the only one:", "trice ssh"),
            ("Run one command inside:", "trice ssh web ls /srv"),
        ],
        "ssh-config": [
            ("Make `ssh web.ENVIRONMENT` work for every OpenSSH program:", "trice ssh-config --install"),
            ("Print the settings:", "trice ssh-config web"),
        ],
        "exec": [("Run a command in a service:", "trice exec db psql -U app")],
        "run": [
            ("Run one command in a container of its own:", "trice run web npm test"),
            ("Run a job by hand:", "trice run backup"),
        ],
        "jobs": [("See when each job runs next:", "trice jobs")],
        "cp": [
            ("Copy a file out of a service:", "trice cp web:/etc/nginx/nginx.conf ."),
            ("Copy a folder into it:", "trice cp ./site web:/srv/site"),
        ],
        "attach": [("Connect to the main process of a service:", "trice attach web")],
        "logs": [
            ("Follow two services from now on:", "trice logs --follow --tail 0 web db"),
            ("See what was written in the last ten minutes:", "trice logs --since 10m"),
        ],
        "export container": [
            ("Keep the files of a container as a tar:", "trice export container --output web.tar web"),
            (
                "Keep the files of a container whose service has the name of a form:",
                "trice export container --output kubernetes.tar kubernetes"
            ),
        ],
        "export stack": [("Deploy to a swarm:", "trice export stack --output swarm")],
        "export quadlet": [
            ("Write units for podman:", "trice export quadlet --output ~/.config/containers/systemd")
        ],
        "export compose": [("Hand the environment to somebody with Docker:", "trice export compose --output plain")],
        "export kubernetes": [
            ("See the objects, and on standard error what is lost:", "trice export kubernetes"),
            (
                "Write a base and an overlay of kustomize, with a way in for users:",
                "trice export kubernetes --output k8s --expose ingress --domain shop.example"
            ),
            ("Fail in a pipeline when something would be lost:", "trice export kubernetes --strict --output k8s"),
        ],
        "init": [
            ("Write an Envfile from the smallest template:", "trice init"),
            ("See the templates:", "trice init --list"),
            ("Make an Envfile from a Compose file:", "trice init --from docker-compose.yml"),
            ("Make the project that somebody has packed:", "trice init --from demo.trice --directory demo"),
            ("The same from a registry:", "trice init --from oci://registry.example/team/app:demo --directory demo"),
            ("The files of a git repository:", "trice init --from git@git.example:team/app.git --directory app"),
        ],
        "config": [
            ("See the Envfile as Trice understands it:", "trice config"),
            ("See where a value comes from:", "trice config --explain services.web.image"),
        ],
        "validate": [
            ("Check the Envfile:", "trice validate"),
            ("Check another file, with the problems as data:", "trice validate -f compose.yaml --json"),
        ],
        "trust": [("See what the Envfile runs on this host, and agree:", "trice trust")],
        "build": [
            ("Build what is out of date:", "trice build"),
            ("Build one image anew, with its bases from the registries:", "trice build --no-cache --pull web"),
        ],
        "pull": [("Bring the images of all services:", "trice pull")],
        "push": [("Send the image of one service:", "trice push web")],
        "outdated": [("See which images have changed in their registries:", "trice outdated")],
        "upgrade": [
            ("Take the new images:", "trice upgrade"),
            ("Only that of one service:", "trice upgrade db"),
        ],
        "bake": [("Keep what the steps of `provision` have made as images:", "trice bake web")],
        "commit": [("Keep a container as an image:", "trice commit web team/web:try")],
        "diff": [("See what a container has changed:", "trice diff web")],
        "image ls": [
            ("List the images:", "trice image ls"),
            ("Those whose names begin so:", "trice image ls nginx"),
        ],
        "image pull": [("Bring one image:", "trice image pull debian:12")],
        "image push": [("Send one image:", "trice image push registry.lan:5000/team/web:1")],
        "image tag": [("Give an image the name of a registry:", "trice image tag web registry.lan:5000/team/web:1")],
        "image rm": [("Take a name away:", "trice image rm team/web:try")],
        "image inspect": [("See all that is known of an image:", "trice image inspect nginx:1.25")],
        "image history": [("See the steps of its making:", "trice image history nginx:1.25")],
        "image diff": [("See what an update of an image changes:", "trice image diff nginx:1.25 nginx:1.27")],
        "image tree": [("See the largest folders of an image:", "trice image tree --level 2 nginx:1.25")],
        "image save": [
            ("Carry images to another machine:", "trice image save --output images.tar nginx:1.25 postgres:16")
        ],
        "image load": [("Take them there:", "trice image load --input images.tar")],
        "image import": [("Make an image of a root file system:", "trice image import rootfs.tar.gz team/base:1")],
        "image prune": [
            ("Free what nothing needs:", "trice image prune"),
            ("Also images that no container was made from:", "trice image prune --all"),
        ],
        "login": [
            (
                "Give a password from a file:",
                "trice login --username me --password-stdin registry.lan:5000 < password"
            )
        ],
        "logout": [("Forget it:", "trice logout registry.lan:5000")],
        "volume ls": [("List the volumes:", "trice volume ls")],
        "volume inspect": [("See where a volume is and who uses it:", "trice volume inspect shop_data")],
        "volume create": [("Make a volume that several environments may use:", "trice volume create cache")],
        "volume rm": [("Remove a volume with all that is in it:", "trice volume rm shop_data")],
        "volume prune": [("Remove the volumes that nothing needs:", "trice volume prune")],
        "volume export": [("Keep a volume as a tar:", "trice volume export --output data.tar shop_data")],
        "volume import": [("Fill a volume from a tar:", "trice volume import shop_data data.tar")],
        "volume seeds": [("See what new volumes begin from:", "trice volume seeds")],
        "volume clone": [("Try a migration on a copy:", "trice volume clone shop_data shop_try")],
        "doctor": [("Check this host:", "trice doctor")],
        "version": [
            ("Print the version:", "trice version"),
            ("With commit, toolchain and libraries:", "trice version --json"),
        ],
        "completion": [
            ("Print the script for bash:", "trice completion bash"),
            ("List the services, as the script asks:", "trice completion --candidates services"),
        ],
    ]

    /// The commands whose pages are read next.
    static let related: [String: [String]] = [
        "up": ["down", "plan", "status"],
        "down": ["up", "destroy"],
        "plan": ["up"],
        "status": ["ps", "logs"],
        "provision": ["up", "bake"],
        "ssh": ["exec", "ssh-config"],
        "exec": ["ssh", "run"],
        "run": ["exec", "jobs"],
        "jobs": ["run"],
        "build": ["up", "image"],
        "pull": ["outdated", "upgrade"],
        "outdated": ["upgrade"],
        "upgrade": ["outdated"],
        "image": ["pull", "build"],
        "volume": ["volumes"],
        "init": ["validate", "up", "package"],
        "package": ["publish", "init"],
        "publish": ["package", "init"],
        "logs": ["events", "status"],
        "watch": ["up"],
        "config": ["validate"],
        "validate": ["config"],
        "login": ["pull", "push", "logout"],
        "doctor": ["status"],
        "stop": ["start"],
        "start": ["stop"],
        "trust": ["up"],
        "destroy": ["down"],
        "boot": ["up"],
        "bake": ["provision"],
        "completion": ["ls"],
    ]
}
