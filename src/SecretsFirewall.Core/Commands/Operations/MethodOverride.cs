namespace SecretsFirewall.Commands.Operations;

/// <summary>
/// The method that a form asks for in place of POST, as browsers' forms must: Rails and Laravel, among others, obey a field <c>_method</c>
/// (Rack::MethodOverride, https://guides.rubyonrails.org/form_helpers.html).
/// </summary>
internal static class MethodOverride
{
    private const string Field = "_method";

    private static readonly string[] Any = ["DELETE", "PATCH", "PUT"];

    /// <summary>All methods that the request may be taken for; null where that stands in a body that was not read.</summary>
    public static IReadOnlyList<string>? MethodsOf(OperationRequest request)
    {
        if (request.Method != "POST")
        {
            return [request.Method];
        }

        var methods = new List<string> { request.Method };
        methods.AddRange(FormValues.Of(request.Query, Field).Select(static method => method.ToUpperInvariant()));
        var type = request.ContentType?.Split(';')[0].Trim();
        var isParts = type?.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) is true;
        if (!isParts && type is not null && !type.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase))
        {
            return methods;
        }

        if (request.Body is not { } body)
        {
            return null;
        }

        // In parts it is looked for by its name alone: whoever writes it there means to be heard.
        methods.AddRange(isParts ? body.Span.IndexOf("_method"u8) < 0 ? [] : Any : FormValues.Of(body.Span, Field).Select(static method => method.ToUpperInvariant()));
        return methods;
    }
}
