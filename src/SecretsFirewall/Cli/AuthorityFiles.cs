namespace SecretsFirewall.Cli;

/// <summary>Where an authority lies, and what is made of it for those who trust it.</summary>
/// <param name="Bundle">The system's roots and this one: what CA variables point to. One with ours alone would break direct TLS.</param>
/// <param name="JavaTrustStore">The same for Java, which reads PKCS#12; exists only where <c>keytool</c> could make it.</param>
internal sealed record AuthorityFiles(string Certificate, string Key, string Bundle, string JavaTrustStore);
