namespace SecretsFirewall.Approvals;

/// <summary>What an announcement looks like.</summary>
internal enum NotificationFormat
{
    /// <summary>The event with the question, for programs.</summary>
    Json = 0,

    /// <summary>One text, as incoming webhooks of chat services take it.</summary>
    Slack,
}

/// <summary>Who is told that something waits for a person. Nobody by default: what waits names agents and hosts.</summary>
internal sealed record NotificationOptions
{
    /// <summary>Where announcements are sent to; <c>https</c> alone.</summary>
    public Uri? Webhook { get; init; }

    /// <summary>Whether that may be an address of a private network. Off: an address that was typed wrong must not reach into one.</summary>
    public bool WebhookMayBePrivate { get; init; }

    /// <summary>One file with the key of the signature. Needed with <see cref="NotificationFormat.Json"/>: a receiver must tell us from others.</summary>
    public IReadOnlyList<string> SecretFiles { get; init; } = [];

    public NotificationFormat Format { get; init; }

    /// <summary>One program that is started for each announcement, with the event as JSON on its standard input.</summary>
    public IReadOnlyList<string> Commands { get; init; } = [];

    /// <summary>Null, or one sentence that says what is wrong.</summary>
    public string? Problem =>
        Commands.Count > 1 ? "notify.command names one program."
        : SecretFiles.Count > 1 ? "notify.secret names one file."
        : Webhook is not null && Format is NotificationFormat.Json && SecretFiles.Count == 0 ? "notify.webhook needs notify.secret: a file with the key that its receiver knows, too."
        : SecretFiles is [var file] && !File.Exists(file) ? $"The file {file} that notify.secret names is not there."
        : null;
}
