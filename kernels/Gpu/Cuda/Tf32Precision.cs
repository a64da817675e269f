using ILGPU.Runtime.Cuda;
using static GpuVae.Kernels.Gpu.Cuda.TensorRegisters;

namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary>Operands rounded to TensorFloat-32, in steps of 8.</summary>
internal readonly struct Tf32Precision : ITensorPrecision
{
    private const string Multiply =
        "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 ";

    public static int Depth => 8;

    public static void ConvertA(int rowGroup, int half)
    {
        switch (rowGroup)
        {
            case 0:
                CudaAsm.Emit("cvt.rna.tf32.f32 a0, pair0; cvt.rna.tf32.f32 a2, pair1;");
                break;
            case 1:
                CudaAsm.Emit("cvt.rna.tf32.f32 a1, pair0; cvt.rna.tf32.f32 a3, pair1;");
                break;
            case 2:
                CudaAsm.Emit("cvt.rna.tf32.f32 a4, pair0; cvt.rna.tf32.f32 a6, pair1;");
                break;
            case 3:
                CudaAsm.Emit("cvt.rna.tf32.f32 a5, pair0; cvt.rna.tf32.f32 a7, pair1;");
                break;
            case 4:
                CudaAsm.Emit("cvt.rna.tf32.f32 a8, pair0; cvt.rna.tf32.f32 a10, pair1;");
                break;
            case 5:
                CudaAsm.Emit("cvt.rna.tf32.f32 a9, pair0; cvt.rna.tf32.f32 a11, pair1;");
                break;
            case 6:
                CudaAsm.Emit("cvt.rna.tf32.f32 a12, pair0; cvt.rna.tf32.f32 a14, pair1;");
                break;
            case 7:
                CudaAsm.Emit("cvt.rna.tf32.f32 a13, pair0; cvt.rna.tf32.f32 a15, pair1;");
                break;
        }
    }

    public static void ConvertB(int half)
    {
        CudaAsm.Emit("cvt.rna.tf32.f32 b0, pair0; cvt.rna.tf32.f32 b1, pair1;");
    }

    public static void MultiplyColumn(int column, bool isLarge)
    {
        switch (column)
        {
            case 0:
                CudaAsm.Emit(
                    Multiply + Sum00 + ", " + A0 + B + Sum00 + "; " +
                    Multiply + Sum10 + ", " + A1 + B + Sum10 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum20 + ", " + A2 + B + Sum20 + "; " +
                        Multiply + Sum30 + ", " + A3 + B + Sum30 + ";");
                }
                break;
            case 1:
                CudaAsm.Emit(
                    Multiply + Sum01 + ", " + A0 + B + Sum01 + "; " +
                    Multiply + Sum11 + ", " + A1 + B + Sum11 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum21 + ", " + A2 + B + Sum21 + "; " +
                        Multiply + Sum31 + ", " + A3 + B + Sum31 + ";");
                }
                break;
            case 2:
                CudaAsm.Emit(
                    Multiply + Sum02 + ", " + A0 + B + Sum02 + "; " +
                    Multiply + Sum12 + ", " + A1 + B + Sum12 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum22 + ", " + A2 + B + Sum22 + "; " +
                        Multiply + Sum32 + ", " + A3 + B + Sum32 + ";");
                }
                break;
            case 3:
                CudaAsm.Emit(
                    Multiply + Sum03 + ", " + A0 + B + Sum03 + "; " +
                    Multiply + Sum13 + ", " + A1 + B + Sum13 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum23 + ", " + A2 + B + Sum23 + "; " +
                        Multiply + Sum33 + ", " + A3 + B + Sum33 + ";");
                }
                break;
            case 4:
                CudaAsm.Emit(
                    Multiply + Sum04 + ", " + A0 + B + Sum04 + "; " +
                    Multiply + Sum14 + ", " + A1 + B + Sum14 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum24 + ", " + A2 + B + Sum24 + "; " +
                        Multiply + Sum34 + ", " + A3 + B + Sum34 + ";");
                }
                break;
            case 5:
                CudaAsm.Emit(
                    Multiply + Sum05 + ", " + A0 + B + Sum05 + "; " +
                    Multiply + Sum15 + ", " + A1 + B + Sum15 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum25 + ", " + A2 + B + Sum25 + "; " +
                        Multiply + Sum35 + ", " + A3 + B + Sum35 + ";");
                }
                break;
            case 6:
                CudaAsm.Emit(
                    Multiply + Sum06 + ", " + A0 + B + Sum06 + "; " +
                    Multiply + Sum16 + ", " + A1 + B + Sum16 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum26 + ", " + A2 + B + Sum26 + "; " +
                        Multiply + Sum36 + ", " + A3 + B + Sum36 + ";");
                }
                break;
            case 7:
                CudaAsm.Emit(
                    Multiply + Sum07 + ", " + A0 + B + Sum07 + "; " +
                    Multiply + Sum17 + ", " + A1 + B + Sum17 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum27 + ", " + A2 + B + Sum27 + "; " +
                        Multiply + Sum37 + ", " + A3 + B + Sum37 + ";");
                }
                break;
        }
    }
}
