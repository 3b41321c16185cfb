namespace SecretsFirewall.Policy.Bundles;

/// <summary>What a key signs with. It stands in the key's record; no message chooses it.</summary>
internal enum KeyAlgorithm
{
    /// <summary>ECDSA over P-256 with SHA-256; signatures are r and s of 32 bytes each (IEEE P1363).</summary>
    EcdsaP256 = 0,

    /// <summary>An OpenSSH key <c>ecdsa-sha2-nistp256</c>; signatures are what <c>ssh-keygen -Y sign</c> writes.</summary>
    SshEcdsaP256,

    /// <summary>An OpenSSH key <c>ssh-ed25519</c>; the same.</summary>
    SshEd25519,
}
