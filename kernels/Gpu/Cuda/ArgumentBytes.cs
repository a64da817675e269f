using System.Numerics;
using System.Reflection;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary>
/// An argument of a kernel as ILGPU lays it out: the fields of structures one after the other, each on a multiple of its size, and a view
/// as its address and its length.
/// </summary>
internal static class ArgumentBytes
{
    private static readonly MethodInfo _ofView = ((Func<ArrayView<byte>, (long, long)>)OfView).Method.GetGenericMethodDefinition();

    /// <summary>The bytes of an argument.</summary>
    /// <exception cref="NotSupportedException">There is a type in it whose layout is not known.</exception>
    public static byte[] Of(object argument)
    {
        List<byte> bytes = [];
        Append(bytes, argument);
        return [.. bytes];
    }

    private static void Append(List<byte> bytes, object value)
    {
        Type type = value.GetType();
        if (type.IsEnum)
        {
            Append(bytes, Convert.ChangeType(value, Enum.GetUnderlyingType(type), null));
            return;
        }
        switch (value)
        {
            case int number:
                AppendNumber(bytes, number);
                break;
            case uint number:
                AppendNumber(bytes, number);
                break;
            case long number:
                AppendNumber(bytes, number);
                break;
            case ulong number:
                AppendNumber(bytes, number);
                break;
            case float number:
                AppendNumber(bytes, BitConverter.SingleToUInt32Bits(number));
                break;
            case double number:
                AppendNumber(bytes, BitConverter.DoubleToUInt64Bits(number));
                break;
            default:
                AppendStructure(bytes, value, type);
                break;
        }
    }

    private static void AppendStructure(List<byte> bytes, object value, Type type)
    {
        if (IsView(type))
        {
            (long address, long length) = ((long, long))_ofView.MakeGenericMethod(type.GetGenericArguments()).Invoke(null, [value])!;
            AppendNumber(bytes, address);
            AppendNumber(bytes, length);
            return;
        }
        int alignment = Alignment(type);
        Pad(bytes, alignment);
        foreach (FieldInfo field in Fields(type))
            Append(bytes, field.GetValue(value)!);
        Pad(bytes, alignment);
    }

    private static int Alignment(Type type) =>
        IsView(type) ? sizeof(long)
        : type.IsEnum ? Alignment(Enum.GetUnderlyingType(type))
        : type == typeof(int) || type == typeof(uint) || type == typeof(float) ? sizeof(int)
        : type == typeof(long) || type == typeof(ulong) || type == typeof(double) ? sizeof(long)
        : type is { IsValueType: true, IsPrimitive: false } && Fields(type) is { Length: > 0 } fields
            ? fields.Max(field => Alignment(field.FieldType))
        : throw new NotSupportedException($"the layout of {type.Name} among the arguments of a kernel is not known");

    private static FieldInfo[] Fields(Type type) =>
    [
        .. type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).OrderBy(field => field.MetadataToken),
    ];

    private static bool IsView(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ArrayView<>);

    private static (long Address, long Length) OfView<T>(ArrayView<T> view)
        where T : unmanaged => (view.Length == 0 ? 0 : view.LoadEffectiveAddressAsPtr(), view.Length);

    private static void AppendNumber<T>(List<byte> bytes, T number)
        where T : unmanaged, IBinaryInteger<T>
    {
        Span<byte> own = stackalloc byte[sizeof(ulong)];
        int length = number.WriteLittleEndian(own);
        Pad(bytes, length);
        bytes.AddRange(own[..length]);
    }

    private static void Pad(List<byte> bytes, int alignment) =>
        CollectionsMarshal.SetCount(bytes, (bytes.Count + alignment - 1) / alignment * alignment);
}
