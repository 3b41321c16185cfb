using SecretsFirewall.Model;

namespace SecretsFirewall.Protocols.Usage;

/// <summary>What a request to a model says of what it will come to, before it is answered.</summary>
/// <param name="Model">As the body or the path names it; null where neither does, or where the body does it twice.</param>
/// <param name="MostOutput">The most tokens that it lets the model write, over all choices; null where it does not say.</param>
/// <param name="InputEstimate">Tokens, by its bytes.</param>
/// <param name="IsCall">A model is to write or compute something, so that there will be usage.</param>
/// <param name="IsBackground">The answer comes later, elsewhere: this one will not say what it came to.</param>
public sealed record RequestFigures(string? Model, long? MostOutput, long InputEstimate, bool IsCall, bool IsBackground)
{
    /// <summary>The body asks for the answer as a stream of events.</summary>
    public bool IsStream { get; init; }

    /// <summary>What an image or a file comes to at most: providers cut them to a size before they count.</summary>
    private const long MostPerMedium = 2_000;

    /// <summary>Of a body that is read whole.</summary>
    /// <param name="path">Of the request, without its query.</param>
    public static RequestFigures Read(string path, ReadOnlySpan<byte> body)
    {
        var members = new RequestMembers();
        using var skimmer = new JsonSkimmer(members);
        skimmer.Write(body);
        var media = Math.Min(members.MediaBytes, body.Length);
        var ofMedia = Math.Min(UsageReader.Tokens(media), members.Media * MostPerMedium);
        var most = ModelCalls.WritesNothing(path) ? 0 : members.MostOutput is { } output ? Math.Min(output * Math.Max(1, members.Choices), TokenUsage.MostPerCall) : (long?)null;
        return new RequestFigures(
            members.IsModelSaidTwice ? null : ModelCalls.ModelOf(path) ?? members.Model,
            most,
            Math.Min(UsageReader.Tokens(body.Length - media) + ofMedia, TokenUsage.MostPerCall),
            ModelCalls.IsCall(path, members.LooksLikeCall),
            members.IsBackground)
        {
            IsStream = members.IsStream,
        };
    }

    /// <summary>Of a body that is not read before it leaves.</summary>
    /// <param name="length">In bytes, as declared; null where it is not.</param>
    public static RequestFigures Unread(string path, long? length) =>
        new(ModelCalls.ModelOf(path), ModelCalls.WritesNothing(path) ? 0 : null, UsageReader.Tokens(length ?? 0), ModelCalls.IsCall(path, looksLikeCall: false), IsBackground: false);
}
