namespace SecretsFirewall.Vault;

/// <summary>Why the vault refused. Each has one sentence (<see cref="VaultErrors.Sentence"/>); none repeats a value.</summary>
internal enum VaultError
{
    None = 0,

    NameInvalid,
    NameReserved,
    NameTaken,
    NotFound,

    TooShort,
    TooLong,
    TooWeak,
    IsReference,
    SameValue,
    KeepForInvalid,
    TooManyOldValues,
    IsCanary,
    NotCaptured,
    CaptureAmbiguous,

    HostInvalid,
    PortInvalid,
    AgentInvalid,
    MethodInvalid,
    PathInvalid,
    MaxInvalid,
    HeaderInvalid,
    HeaderForbidden,
    QueryKeyInvalid,
    JsonPointerInvalid,
    FormKeyInvalid,
    AccessKeyIdInvalid,
    SessionTokenInvalid,
    FormatInvalid,
    FormatForbidden,
    ValueNotRepresentable,
    BindingTaken,

    MasterKeyWrong,
    Damaged,
    StoreUnavailable,
}

internal static class VaultErrors
{
    /// <summary>One sentence for the operator.</summary>
    public static string Sentence(this VaultError error) => error switch
    {
        VaultError.None => "Done.",
        VaultError.NameInvalid => "A secret's name is 1 to 64 of the characters A-Z a-z 0-9 _ . -",
        VaultError.NameReserved => "Names that begin with 'auto.' belong to values that masking found by itself.",
        VaultError.NameTaken => "A secret of this name exists; remove it first, or replace its value.",
        VaultError.NotFound => "There is no such secret or binding.",
        VaultError.TooShort => $"The value is shorter than {SecretVault.MinValueBytes} bytes: masking it would hit ordinary text.",
        VaultError.TooLong => $"The value is longer than {SecretVault.MaxValueBytes} bytes.",
        VaultError.TooWeak => "The value can be guessed (fewer than 2^40 possibilities), and a guess could be confirmed by watching what is masked; register it as weak to accept that.",
        VaultError.IsReference => "The value is itself a reference or a part of one.",
        VaultError.SameValue => "This is the value that the secret has already.",
        VaultError.KeepForInvalid => $"An old value is kept for between 0 and {SecretVault.LongestKeepFor.TotalDays:0} days.",
        VaultError.TooManyOldValues => $"{SecretVault.MostOldValues} old values of this secret are still masked; drop them first with: sfw secrets forget-old NAME",
        VaultError.IsCanary => "This is a canary: it is never bound and has no other value. Remove it and plant another.",
        VaultError.NotCaptured => "No such value is captured, or it has expired; see: sfw secrets captured",
        VaultError.CaptureAmbiguous => "Two different values have this name by chance, so neither can be used; register the value itself with: sfw secrets add NAME",
        VaultError.HostInvalid => "The host is not an exact host name or address (wildcards are not possible).",
        VaultError.PortInvalid => "The port is not between 1 and 65535.",
        VaultError.AgentInvalid => "An agent's name is 1 to 64 of the characters a-z 0-9 _ . -",
        VaultError.MethodInvalid => "A method is an upper-case token such as GET or POST.",
        VaultError.PathInvalid => "The path prefix must begin with '/' and hold no dot segments, queries, fragments, backslashes or control characters.",
        VaultError.MaxInvalid => "The number of occurrences must be 1 or more.",
        VaultError.HeaderInvalid => "The header is not a token (RFC 9110 section 5.6.2).",
        VaultError.HeaderForbidden => "Headers that steer the connection (Host, Content-Length, Transfer-Encoding, Connection, Proxy-* and their kin) cannot carry a secret.",
        VaultError.QueryKeyInvalid => "The query parameter has no name, or one with control characters.",
        VaultError.JsonPointerInvalid => "The JSON path is not a JSON pointer (RFC 6901), such as /auth/token.",
        VaultError.FormKeyInvalid => "The form field has no name, or one with control characters.",
        VaultError.AccessKeyIdInvalid => "An access key id is 16 to 128 letters, digits and '_'.",
        VaultError.SessionTokenInvalid => "The session token must be another secret of this vault, no canary, whose value can stand in a header.",
        VaultError.FormatInvalid => "The format must hold {} exactly once, without control characters.",
        VaultError.FormatForbidden => "Only a header has a format.",
        VaultError.ValueNotRepresentable => "The value cannot stand in this place (control characters or outer blanks in a header, or bytes that are not UTF-8 in JSON, blanks in a signing key).",
        VaultError.BindingTaken => "The same binding exists.",
        VaultError.MasterKeyWrong => "The master key does not open this vault.",
        VaultError.Damaged => "A row of the vault does not belong where it stands or was changed from outside; restore a backup.",
        VaultError.StoreUnavailable => "The vault's file cannot be read or written.",
        _ => throw new ArgumentOutOfRangeException(nameof(error)),
    };
}
