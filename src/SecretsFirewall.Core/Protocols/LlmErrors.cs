using System.Text.Json;

namespace SecretsFirewall.Protocols;

/// <summary>The error objects of the model providers, as their SDKs parse them. Source: WIRE.md sections 2.1 to 2.7.</summary>
internal static class LlmErrors
{
    public static byte[] Write(LlmDialect dialect, int status, string code, string message)
    {
        Action<Utf8JsonWriter, (int Status, string Code, string Message)> write = dialect switch
        {
            LlmDialect.Anthropic => Anthropic,
            LlmDialect.Gemini => Gemini,
            LlmDialect.Bedrock => Bedrock,
            LlmDialect.Ollama => Ollama,
            _ => OpenAi, // What most gateways speak.
        };
        return RefusalResponses.Write((status, code, message), write);
    }

    private static void Anthropic(Utf8JsonWriter writer, (int Status, string Code, string Message) error)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "error");
        writer.WriteStartObject("error");
        writer.WriteString("type", error.Status switch
        {
            413 => "request_too_large",
            429 => "rate_limit_error",
            503 => "overloaded_error",
            504 => "timeout_error",
            >= 500 => "api_error",
            _ => "invalid_request_error",
        });
        writer.WriteString("message", error.Message);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void OpenAi(Utf8JsonWriter writer, (int Status, string Code, string Message) error)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("error");
        writer.WriteString("message", error.Message);
        writer.WriteString("type", error.Status switch
        {
            429 => "rate_limit_error",
            >= 500 => "server_error",
            _ => "invalid_request_error",
        });
        writer.WriteNull("param");
        writer.WriteString("code", error.Code);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    // The names of google.rpc.Code for the status.
    private static void Gemini(Utf8JsonWriter writer, (int Status, string Code, string Message) error)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("error");
        writer.WriteNumber("code", error.Status);
        writer.WriteString("message", error.Message);
        writer.WriteString("status", error.Status switch
        {
            408 or 504 => "DEADLINE_EXCEEDED",
            409 => "ABORTED",
            429 => "RESOURCE_EXHAUSTED",
            502 or 503 => "UNAVAILABLE",
            >= 500 => "INTERNAL",
            _ => "INVALID_ARGUMENT",
        });
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void Bedrock(Utf8JsonWriter writer, (int Status, string Code, string Message) error)
    {
        writer.WriteStartObject();
        writer.WriteString("message", error.Message);
        writer.WriteEndObject();
    }

    private static void Ollama(Utf8JsonWriter writer, (int Status, string Code, string Message) error)
    {
        writer.WriteStartObject();
        writer.WriteString("error", error.Message);
        writer.WriteEndObject();
    }
}
