#!/usr/bin/env python3
"""Checks an export of Secrets Firewall without Secrets Firewall: verify_evidence.py evidence.tar.gz key.pem

Needs Python 3.8 and the openssl command. docs/evidence-format.md has the format. Exit code 0 if it holds, 1 if not, with the reason."""
import base64, hashlib, json, os, re, subprocess, sys, tarfile, tempfile, zlib

PLAIN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*){0,4}")


def require(holds, reason, where=""):
    if not holds:
        print(f"refused: {reason} {where!a}" if where else f"refused: {reason}")
        sys.exit(1)


def key_id(pem):
    return hashlib.sha256(base64.b64decode("".join(pem.strip().splitlines()[1:-1]))).hexdigest()


def signed(pem, text, signature):
    """Whether a DER signature (ECDSA with SHA-256) is of this key over these bytes."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (("key", pem.encode()), ("text", text), ("sig", signature)):
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content)
        command = ["openssl", "dgst", "-sha256", "-verify", "key", "-signature", "sig", "text"]
        return subprocess.run(command, cwd=folder, capture_output=True).returncode == 0


def der(plain):
    """r and s, 32 bytes each, as SEQUENCE { INTEGER, INTEGER }."""
    numbers = b""
    for half in (plain[:32], plain[32:]):
        half = half.lstrip(b"\0") or b"\0"
        half = b"\0" + half if half[0] & 0x80 else half
        numbers += b"\2" + bytes([len(half)]) + half
    return b"\x30" + bytes([len(numbers)]) + numbers


def check_log(lines, keys, trusted, manifest):
    before, last, covered, count = manifest["before"], manifest["first"] - 1, 0, 0
    for line in lines:
        record = json.loads(line)
        claimed = record.pop("hash", "")
        text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        where = f"record {record.get('seq')}"
        require(hashlib.sha256(text.encode()).hexdigest() == claimed, "edited", where)
        record["hash"] = claimed
        spelt = json.dumps(record, sort_keys=True, separators=(",", ":")).replace("\x7f", "\\u007f")
        require(spelt.encode() == line, "edited", where)
        require(record["seq"] == last + 1, "deleted, reordered, inserted or duplicated", where)
        require(record["prev"] == before, "edited", where)
        before, last, count = claimed, record["seq"], count + 1
        if record["type"] == "audit_key":
            key = record["key"]
            if key.get("by") in trusted:
                said = f"sfw-audit-key-v1\n{key['by']}\n{key['id']}\n".encode()
                require(signed(keys[key["by"]], said, der(base64.b64decode(key["signature"]))), "bad_signature", where)
                trusted.add(key["id"])
        elif record["type"] == "checkpoint":
            point = record["checkpoint"]
            require(set(record) == {"checkpoint", "findings", "hash", "prev", "seq", "ts", "type", "v"} and record["findings"] == [], "wrong_checkpoint", where)
            require(point["seq"] == last - 1 and point["hash"] == record["prev"], "wrong_checkpoint", where)
            said = f"sfw-checkpoint-v1\n{point['seq']}\n{point['hash']}\n{point['count']}\n{record['ts']}\n{point['key']}\n".encode()
            require(point["key"] in keys and signed(keys[point["key"]], said, der(base64.b64decode(point["signature"]))), "bad_signature", where)
            covered = last if point["key"] in trusted else covered
    require((last, before, count) == (manifest["last"], manifest["last_hash"], manifest["records"]), "wrong_summary")
    require(covered == last, "unknown_key or unsigned", f"records behind {covered}")


def check(archive, trusted_pem):
    with tarfile.open(archive, "r:gz") as tar:
        content, names = {}, []
        for entry in tar:
            require(PLAIN.fullmatch(entry.name), "bad_path", entry.name)
            require(entry.isreg(), "bad_entry", entry.name)
            require(entry.name not in content, "extra", entry.name)
            content[entry.name] = tar.extractfile(entry).read()
            names.append(entry.name)
    require(names[:1] == ["manifest.json"], "bad_manifest")
    require(names[1:2] == ["manifest.sig"], "unsigned")
    manifest = json.loads(content["manifest.json"])
    require(manifest["format"] == "sfw-evidence-v1", "bad_manifest")
    require(manifest["key"] == key_id(trusted_pem), "unknown_key", manifest["key"])
    require(signed(trusted_pem, content["manifest.json"], content["manifest.sig"]), "bad_signature", "manifest.sig")
    listed = {file["path"]: file for file in manifest["files"]}
    require(len(listed) == len(manifest["files"]), "bad_manifest")
    for name in names[2:]:
        require(name in listed, "extra", name)
        require(hashlib.sha256(content[name]).hexdigest() == listed[name]["sha256"], "edited", name)
    for name in listed:
        require(name in content, "missing", name)
    keys = {key_id(content[name].decode()): content[name].decode() for name in names if name.startswith("keys/")}
    keys[manifest["key"]] = trusted_pem
    log = b"".join(content[name] for name in sorted(names) if name.startswith("audit/"))
    require(log.endswith(b"\n"), "unfinished")
    check_log(log[:-1].split(b"\n"), keys, {manifest["key"]}, manifest)
    for policy in manifest["policies"]:
        if policy["folder"]:
            prefix = policy["folder"] + "/"
            files = sorted((name for name in names if name.startswith(prefix)), key=lambda name: (name[len(prefix):].startswith("rules/"), name))
            if files == [prefix + "bundle.json"]:
                text = base64.b64decode(json.loads(content[files[0]])["payload"])
            else:
                text = "".join(f"{listed[name]['sha256']}  {name[len(prefix):]}\n" for name in files).encode()
            require("sha256:" + hashlib.sha256(text).hexdigest() == policy["hash"], "wrong_policy", policy["folder"])
    print(f"holds: records {manifest['first']} to {manifest['last']}, {manifest['trust']['status']}")


if __name__ == "__main__":
    require(len(sys.argv) == 3, "usage: verify_evidence.py evidence.tar.gz key.pem")
    try:
        with open(sys.argv[2]) as key:
            check(sys.argv[1], key.read())
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, tarfile.TarError, zlib.error) as error:
        require(False, "unreadable", f"{type(error).__name__}: {error}")
