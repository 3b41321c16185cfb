using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using SecretsFirewall.Approvals;
using SecretsFirewall.Model;

namespace SecretsFirewall.Admin.Api;

/// <summary>What the API answers where it does not do what it is asked (RFC 9457). It repeats nothing of the request.</summary>
internal static class ApiProblem
{
    public static Task WriteAsync(HttpContext context, int status, string code, string detail, ApproverRole required = ApproverRole.None)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("type", $"urn:secretsfirewall:admin:{code}");
            json.WriteString("title", "Not done");
            json.WriteNumber("status", status);
            json.WriteString("detail", detail);
            json.WriteString("code", code);
            if (required is not ApproverRole.None)
            {
                json.WriteStartArray("required_roles");
                foreach (var role in Enum.GetValues<ApproverRole>().Where(role => role >= required))
                {
                    json.WriteStringValue(role.Word());
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = "application/problem+json";
        return context.Response.Body.WriteAsync(output.WrittenMemory, context.RequestAborted).AsTask();
    }

    public static Task WriteAsync(HttpContext context, ApprovalError error, ApproverRole required) => error switch
    {
        ApprovalError.NotFound => WriteAsync(context, 404, "not_found", error.Sentence()),
        ApprovalError.RoleTooLow => WriteAsync(context, 403, "role_too_low", error.Sentence(), required),
        ApprovalError.Expired => WriteAsync(context, 410, "expired", error.Sentence()),
        ApprovalError.Cancelled => WriteAsync(context, 410, "cancelled", error.Sentence()),
        ApprovalError.AlreadyAnswered => WriteAsync(context, 409, "already_answered", error.Sentence()),
        ApprovalError.AlreadyUsed => WriteAsync(context, 409, "already_used", error.Sentence()),
        ApprovalError.NotApproved => WriteAsync(context, 409, "not_approved", error.Sentence()),
        ApprovalError.LimitsInvalid => WriteAsync(context, 422, "limits_invalid", error.Sentence()),
        _ => WriteAsync(context, 503, "unavailable", error.Sentence()),
    };
}
