using SecretsFirewall.Commands.Documents;

namespace SecretsFirewall.Commands.Operations;

/// <summary>What a request asks for by name, wherever its service reads that.</summary>
/// <param name="AreKnown">False: there may be more, in a body that was not given or that cannot be read.</param>
/// <param name="MayBeIgnored">The service may go by method and path, and not look at the names at all.</param>
internal readonly record struct Actions(IReadOnlyList<string> Names, bool AreKnown, bool MayBeIgnored = false)
{
    private static readonly string[] NoForms = ["json", "xml", "octet-stream", "cbor"];

    private static readonly Actions None = new([], AreKnown: true);
    private static readonly Actions Unknown = new([], AreKnown: false);

    public static Actions Of(ActionPlace place, OperationRequest request, string[] segments) => place switch
    {
        ActionPlace.Aws => OfAws(request) with { MayBeIgnored = segments.Length > 0 || request.Method is not ("GET" or "POST") },
        ActionPlace.Graphql when segments is [.., var last] && last.Equals("graphql", StringComparison.OrdinalIgnoreCase) => OfGraphql(request),
        _ => None,
    };

    // https://smithy.io/2.0/aws/protocols/: JSON protocols name it in X-Amz-Target, the query protocol in Action, in the query or the form; both
    // at the path "/". All others go by method and path.
    private static Actions OfAws(OperationRequest request)
    {
        var names = new List<string>();
        if (request.Target is { } target)
        {
            names.AddRange(target.Split(',').Select(static one => one[(one.LastIndexOf('.') + 1)..].Trim())); // a field that stands twice asks for both
        }

        names.AddRange(FormValues.Of(request.Query, "Action"));
        if (MayBeForm(request.ContentType))
        {
            if (request.Body is not { } body)
            {
                return new Actions(names, AreKnown: false);
            }

            names.AddRange(FormValues.Of(body.Span, "Action"));
        }

        return new Actions(names, AreKnown: true);
    }

    // A service that takes a form may take one under any label that is not another format's.
    private static bool MayBeForm(string? contentType) =>
        contentType?.Split(';')[0] is not { } type || !Array.Exists(NoForms, one => type.Contains(one, StringComparison.OrdinalIgnoreCase));

    // https://graphql.github.io/graphql-over-http/draft/: a document as JSON in the body, or as the parameter query of a GET; servers that join the
    // two take the parameter of a POST as well.
    private static Actions OfGraphql(OperationRequest request)
    {
        var documents = FormValues.Of(request.Query, "query").ToList();
        if (request.Method is not ("GET" or "HEAD") && (request.Body is not { } body || !GraphqlRequest.TryReadDocuments(body.Span, documents)))
        {
            return Unknown;
        }

        var names = new List<string>();
        return documents.TrueForAll(document => GraphqlOperations.TryRead(document, names)) && documents.Count > 0 ? new Actions(names, AreKnown: true) : new Actions(names, AreKnown: false);
    }
}
